/*
 * landlock_restrict_self(2) and lsm_set_self_attr(2) are about the calling
 * thread, and the threads that it makes: it stays restricted through waits, and
 * all others stay free.
 */
#include "lib.h"
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>

#define FREE 3

static pthread_barrier_t barrier;
static int landlock;

static int may_read(void)
{
	int fd = open("/proc/version", O_RDONLY);

	CHECK(fd >= 0 || errno == EACCES);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void *restricted_too(void *argument)
{
	CHECK_INT(may_read(), 0);
	return argument;
}

static void *restricted(void *argument)
{
	struct landlock_ruleset_attr rules = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE
	};
	int fd = (int)syscall(444, &rules, sizeof(rules), 0);

	landlock = fd >= 0;
	if (landlock) {
		CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
		CHECK_INT(syscall(446, fd, 0), 0);
		close(fd);
	}
	pthread_barrier_wait(&barrier);
	for (int i = 0; landlock && i < 20; i++) {
		CHECK_INT(may_read(), 0);
		sleep_ms(1);
	}
	if (landlock)
		join(start(restricted_too, NULL));
	return argument;
}

static void *is_free(void *argument)
{
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 20; i++) {
		CHECK_INT(may_read(), 1);
		sleep_ms(1);
	}
	return argument;
}

int main(void)
{
	pthread_t threads[FREE + 1];

	pthread_barrier_init(&barrier, NULL, FREE + 1);
	for (int i = 0; i <= FREE; i++)
		threads[i] = start(i ? is_free : restricted, NULL);
	for (int i = 0; i <= FREE; i++)
		join(threads[i]);
	CHECK_INT(may_read(), 1);
	ok(landlock ? "restricted alone" : "no landlock here");
	return 0;
}
