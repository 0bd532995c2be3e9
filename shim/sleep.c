/*
 * sleep.c - sleeping and giving way.
 */
#include <sched.h>
#include <threads.h>
#include <unistd.h>

#include "descriptor.h"
#include "door/libc_door.h"

/* Sleep until the deadline; on a signal say in rem what was left. */
static int doze(uint64_t deadline_ns, struct timespec *rem)
{
	int r = CANCEL_POINT(green_sleep_until(deadline_ns));

	if (r == -EINTR && rem)
		*rem = time_left(deadline_ns);
	return r;
}

/* A relative sleep; 0 or -errno. */
static int nap(const struct timespec *req, struct timespec *rem)
{
	if (!rt_fiber())
		return (int)RAW_CANCEL(SYS_nanosleep, req, rem);
	cancel_test(); /* before errors too */
	if (bad_pointer(req))
		return -EFAULT;
	if (!timespec_valid(req))
		return -EINVAL;
	return doze(deadline_in(req), rem);
}

INTERPOSE(int, nanosleep, (const struct timespec *req, struct timespec *rem))
{
	return (int)as_errno(nap(req, rem));
}
INTERPOSE_ALIAS(__nanosleep, nanosleep)

/* Returns the seconds left when a signal came first: sleep(3). */
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

/* Clocks that tell the time, however they are set. */
static bool is_time(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC ||
	       clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
}

static long clock_nap(clockid_t clock, int flags, const struct timespec *req,
		      struct timespec *rem)
{
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		return -EINVAL;
	/* libc's name for the process's CPU time is not the kernel's, which
	 * has the process in its upper bits: ~0 for "this one". */
	if (clock == CLOCK_PROCESS_CPUTIME_ID)
		clock = (clockid_t)(~0u << 3 | 2);
	if (!rt_fiber())
		return RAW_CANCEL(SYS_clock_nanosleep, clock, flags, req, rem);
	if (!is_time(clock))
		return CANCEL_POINT(HOP_NO_RESTART(SYS_clock_nanosleep, clock,
						   flags, req, rem));
	cancel_test();
	if (bad_pointer(req))
		return -EFAULT;
	if (!timespec_valid(req))
		return -EINVAL;
	if (!(flags & TIMER_ABSTIME))
		return doze(deadline_in(req), rem);
	return doze(deadline_at(clock, req), NULL);
}

/* Returns an error number: clock_nanosleep(2). */
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

/* -1: a signal came first; another negative value: C11 7.26.5.7. */
INTERPOSE(int, thrd_sleep, (const struct timespec *req, struct timespec *rem))
{
	int r = nap(req, rem);

	return r == 0 ? 0 : r == -EINTR ? -1 : -2;
}

INTERPOSE(void, thrd_yield, (void))
{
	sched_yield();
}
