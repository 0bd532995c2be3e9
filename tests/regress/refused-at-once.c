/*
 * Arguments that natively are an error: tgkill of a process that is none, a
 * write to a full eventfd of other than 8 bytes, or of the value that it cannot
 * hold, which once waited, and a sleep by number on the CPU time of the caller.
 */
#include "lib.h"
#include <sys/eventfd.h>

static void checks(void)
{
	struct timespec ts = { 0, 1000000 };
	uint64_t most = UINT64_MAX - 1, bad = UINT64_MAX;
	int fd = eventfd(0, 0), pid = getpid(), tid = gettid();

	CHECK_INT(tgkill(pid, tid, 0), 0);
	CHECK_ERRNO(tgkill(-1, tid, 0), EINVAL);
	CHECK_ERRNO(tgkill(0, tid, 0), EINVAL);
	CHECK_ERRNO(tgkill(pid, 0, 0), EINVAL);
	CHECK_ERRNO(tgkill(pid, -1, SIGTERM), EINVAL);
	CHECK_ERRNO(tgkill(0x3ffffffe, tid, 0), ESRCH);
	CHECK_ERRNO(syscall(SYS_tgkill, -1, tid, SIGTERM), EINVAL);
	CHECK_ERRNO(syscall(SYS_tkill, 0, SIGTERM), EINVAL);
	CHECK_ERRNO(syscall(SYS_tkill, -1, SIGTERM), EINVAL);
	CHECK_INT(syscall(SYS_tkill, tid, 0), 0);
	ok("tgkill");

	CHECK_INT(write(fd, &most, 8), 8);
	CHECK_ERRNO(write(fd, &most, 4), EINVAL);
	CHECK_ERRNO(write(fd, &bad, 8), EINVAL);
	CHECK_ERRNO(write(fd, NULL, 8), EFAULT);
	close(fd);
	ok("eventfd");

	CHECK_ERRNO(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0,
			    &ts, NULL),
		    EOPNOTSUPP);
	CHECK_INT(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &ts, NULL),
		  EINVAL);
	ok("clock_nanosleep");
}

int main(void)
{
	run_both(checks);
	return 0;
}
