/*
 * sleep.c - sleeping and yielding.
 */
#include <sched.h>
#include <threads.h>
#include <unistd.h>

#include "descriptor.h"
#include "door/libc_door.h"

/* Sleep until the deadline; 0 or -errno.  If a signal handler interrupts the
 * sleep, store the time left in rem (NULL: do not). */
static int doze(uint64_t deadline_ns, struct timespec *rem)
{
	int r = CANCEL_POINT(green_sleep_until(deadline_ns));
	struct timespec left;

	if (r == -EINTR && rem) {
		left = time_left(deadline_ns);
		if (USER_PUT(rem, &left) < 0)
			return -EFAULT;
	}
	return r;
}

/* A relative sleep; 0 or -errno. */
static int nap(const struct timespec *req, struct timespec *rem)
{
	struct timespec ts;

	if (!rt_fiber())
		return (int)RAW_CANCEL(SYS_nanosleep, req, rem);
	cancel_test(); /* a pending request comes before errors */
	if (USER_GET(&ts, req) < 0)
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	return doze(deadline_in(&ts), rem);
}

INTERPOSE(int, nanosleep, (const struct timespec *req, struct timespec *rem))
{
	return (int)as_errno(nap(req, rem));
}
INTERPOSE_ALIAS(__nanosleep, nanosleep)

/* sleep(3): returns the seconds left if a handler interrupted the sleep. */
INTERPOSE(unsigned int, sleep, (unsigned int seconds))
{
	struct timespec ts = { .tv_sec = seconds };

	return nap(&ts, &ts) == 0 ? 0 : (unsigned int)ts.tv_sec;
}

INTERPOSE(int, usleep, (useconds_t us))
{
	struct timespec ts = { .tv_sec = us / 1000000,
			       .tv_nsec = us % 1000000 * 1000 };

	return (int)as_errno(nap(&ts, NULL));
}

/* Clocks of the time of day or of elapsed time, not of CPU time. */
static bool sleep_is_time(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC ||
	       clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
}

static long clock_nap(clockid_t clock, int flags, const struct timespec *req,
		      struct timespec *rem)
{
	struct timespec ts;

	if (clock == CLOCK_THREAD_CPUTIME_ID)
		return -EINVAL;
	/* As in libc: the kernel's clocks of a process's CPU time have ~pid in
	 * the upper bits, ~0 for the caller's process. */
	if (clock == CLOCK_PROCESS_CPUTIME_ID)
		clock = (clockid_t)(~0u << 3 | 2);
	if (!rt_fiber())
		return RAW_CANCEL(SYS_clock_nanosleep, clock, flags, req, rem);
	if (!sleep_is_time(clock))
		return CANCEL_POINT(HOP_NO_RESTART(SYS_clock_nanosleep, clock,
						   flags, req, rem));
	cancel_test();
	if (USER_GET(&ts, req) < 0)
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	if (!(flags & TIMER_ABSTIME))
		return doze(deadline_in(&ts), rem);
	return doze(deadline_at(clock, &ts), NULL);
}

/* clock_nanosleep(2): returns an error number. */
INTERPOSE(int, clock_nanosleep,
	  (clockid_t clock, int flags, const struct timespec *req,
	   struct timespec *rem))
{
	return as_error(clock_nap(clock, flags, req, rem));
}
LIBC_DOOR(clock_nanosleep)

INTERPOSE(int, sched_yield, (void))
{
	if (!rt_fiber())
		return (int)PASS(SYS_sched_yield);
	green_yield();
	return 0;
}
INTERPOSE_ALIAS(__sched_yield, sched_yield)
INTERPOSE_ALIAS(pthread_yield, sched_yield)

/* C11 7.26.5.7: -1 if a signal interrupted the sleep, another negative value on
 * other errors. */
INTERPOSE(int, thrd_sleep, (const struct timespec *req, struct timespec *rem))
{
	int r = nap(req, rem);

	return r == 0 ? 0 : r == -EINTR ? -1 : -2;
}

INTERPOSE(void, thrd_yield, (void))
{
	sched_yield();
}
