/*
 * select(2) and pselect(2) with more descriptors than the sets have room for:
 * the kernel looks at no more numbers than the process's table of descriptors
 * has, so select(getdtablesize(), ...) is harmless at any rlimit. Greened, it
 * once cleared the memory behind the sets.
 */
#include "lib.h"
#include <sys/resource.h>
#include <sys/select.h>

#define BEHIND (1 << 16)

static struct {
	fd_set in;
	unsigned char behind[BEHIND];
} guarded;

static void guard(void)
{
	memset(&guarded, 0, sizeof(guarded));
	memset(guarded.behind, 0xaa, BEHIND);
}

static int is_untouched(void)
{
	for (size_t i = 0; i < BEHIND; i++)
		if (guarded.behind[i] != 0xaa)
			return 0;
	return 1;
}

static void checks(void)
{
	struct timeval tv = { 0, 1000 };
	struct timespec ts = { 0, 1000000 };
	int fds[2], high, n = getdtablesize();
	fd_set *in = &guarded.in;
	char *small;

	CHECK_INT(pipe(fds), 0);
	guard();
	FD_SET(fds[0], in);
	CHECK_INT(select(n, in, NULL, NULL, &tv), 0);
	CHECK(is_untouched());
	FD_SET(fds[0], in);
	CHECK_INT(pselect(n, in, NULL, in, &ts, NULL), 0);
	CHECK(is_untouched());
	CHECK_INT(write(fds[1], "x", 1), 1);
	FD_SET(fds[0], in);
	CHECK_INT(select(INT_MAX, in, NULL, NULL, NULL), 1);
	CHECK(FD_ISSET(fds[0], in) && is_untouched());
	ok("an fd_set");

	/* A set for the descriptors that there can be, and no more. */
	small = malloc(256 / 8 + 4096);
	CHECK(small);
	memset(small, 0, 256 / 8 + 4096);
	memset(small + 256 / 8, 0xaa, 4096);
	FD_SET(fds[0], (fd_set *)small);
	CHECK_INT(select(n, (fd_set *)small, NULL, NULL, NULL), 1);
	for (int i = 0; i < 4096; i++)
		CHECK_INT((unsigned char)small[256 / 8 + i], 0xaa);
	free(small);
	ok("a set of the program's own");

	/* A number as high as the table: it counts. */
	high = fcntl(fds[0], F_DUPFD, 1000);
	CHECK(high >= 1000 && high < 1024);
	guard();
	FD_SET(high, in);
	CHECK_INT(select(n, in, NULL, NULL, NULL), 1);
	CHECK(FD_ISSET(high, in) && is_untouched());
	close(high);
	FD_SET(high, in);
	CHECK_ERRNO(select(n, in, NULL, NULL, NULL), EBADF);
	CHECK(is_untouched());
	ok("a high descriptor");
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	struct rlimit most;

	CHECK_INT(getrlimit(RLIMIT_NOFILE, &most), 0);
	if (most.rlim_max < 20000)
		FAIL("the hard limit of descriptors is below 20000");
	most.rlim_cur = 20000;
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &most), 0);
	be_threaded();
	join(start(call_, &(void (*)(void)){ checks }));
	return 0;
}
