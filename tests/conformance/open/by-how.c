/* openat2(2), by its name where libc has it (2.43), opens, parks and reports
 * errors as open(2) does. */
#include "lib.h"
#include <linux/openat2.h>
#include <sys/stat.h>

#if !__GLIBC_PREREQ(2, 43)
#define openat2(dir, path, how, size) syscall(SYS_openat2, dir, path, how, size)
#endif

static char fifo[] = "/tmp/conformance.XXXXXX";

static void *writes(void *argument)
{
	int fd = open(fifo, O_WRONLY);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, "x", 1), 1);
	close(fd);
	return argument;
}

static void checks(void)
{
	struct open_how how = { .flags = O_RDONLY },
			bad = { .flags = 1u << 31 };
	pthread_t writer;
	char byte;
	int fd;

	fd = (int)openat2(AT_FDCWD, "/dev/null", &how, sizeof(how));
	CHECK(fd >= 0);
	CHECK_INT(read(fd, &byte, 1), 0);
	close(fd);
	CHECK_ERRNO(openat2(AT_FDCWD, "/nonesuch", &how, sizeof(how)), ENOENT);
	CHECK_ERRNO(openat2(AT_FDCWD, "/", &bad, sizeof(bad)), EINVAL);
	CHECK_ERRNO(openat2(AT_FDCWD, "/", &how, UNSEEN(1)), EINVAL);
	CHECK_ERRNO(openat2(AT_FDCWD, "/", UNSEEN(NULL), sizeof(how)), EFAULT);
	writer = start(writes, NULL);
	fd = (int)openat2(AT_FDCWD, fifo, &how, sizeof(how));
	CHECK(fd >= 0);
	CHECK_INT(read(fd, &byte, 1), 1);
	join(writer);
	close(fd);
}

int main(void)
{
	close(mkstemp(fifo));
	unlink(fifo);
	CHECK_INT(mkfifo(fifo, 0600), 0);
	run_both(checks);
	unlink(fifo);
	ok("opens as asked");
	return 0;
}
