/*
 * syscall(2): calls made by number return the same as by name, -1 and errno
 * included, and those that wait do wait.
 */
#include "lib.h"

static int fds[2];

static void *late_writer(void *argument)
{
	(void)argument;
	sleep_ms(20);
	CHECK_INT(syscall(SYS_write, fds[1], "abc", 3), 3);
	return NULL;
}

static void checks(void)
{
	struct timespec ms = { 0, 20000000 };
	char data[10];
	pthread_t thread;
	long long before;

	CHECK_INT(syscall(SYS_getpid), getpid());
	CHECK_INT(syscall(SYS_gettid), gettid());
	CHECK_ERRNO(syscall(SYS_close, -1), EBADF);
	CHECK_ERRNO(syscall(100000), ENOSYS);
	CHECK_INT(syscall(SYS_pipe2, fds, O_CLOEXEC), 0);
	thread = start(late_writer, NULL);
	CHECK_INT(syscall(SYS_read, fds[0], data, 10), 3);
	join(thread);
	before = now_ms();
	CHECK_INT(syscall(SYS_nanosleep, &ms, NULL), 0);
	CHECK(now_ms() - before >= 19);
	CHECK_INT(syscall(SYS_close, fds[0]), 0);
	CHECK_INT(syscall(SYS_close, fds[1]), 0);
	CHECK_INT(syscall(SYS_sched_yield), 0);
	/* A number closed behind libc's back can be used again. */
	int old = fds[0];
	stream_pair(fds);
	CHECK_INT(fds[0], old);
	thread = start(late_writer, NULL);
	CHECK_INT(read(fds[0], data, 10), 3);
	join(thread);
	close(fds[0]);
	close(fds[1]);
	ok("by number");
}

int main(void)
{
	run_both(checks);
	return 0;
}
