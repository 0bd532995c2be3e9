/*
 * clock.c - CPU-time clocks of threads, and getrusage(2).
 *
 * The kernel has such clocks for kernel threads only; runtime/sched/cputime.c
 * measures the CPU time of fibers.  A fiber's clockid_t has the form of the
 * kernel's clock of a thread, with a tid beyond the kernel's range.
 */
#include <pthread.h>
#include <sys/resource.h>

#include "number/syscall_dispatch.h"

enum { OURS = 1 << 27, BITS = OURS - 1, ONE_THREAD = 6 };

static clockid_t cputime_clock_of(struct fiber *f)
{
	return (clockid_t)(~(unsigned)(OURS | (fiber_tid(f) & BITS)) << 3 |
			   ONE_THREAD);
}

/* NULL: not the clock of a fiber, or the fiber has exited. */
static struct fiber *fiber_of_clock(clockid_t clock)
{
	int number = ~(clock >> 3);

	if (!rt_started)
		return NULL;
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		return rt_fiber();
	if (clock >= 0 || (clock & 7) != ONE_THREAD || number < OURS ||
	    number >= 2 * OURS)
		return NULL;
	return fiber_by_bits(number & BITS, BITS);
}

static bool clock_is_usual(clockid_t clock)
{
	return clock >= 0 && clock != CLOCK_THREAD_CPUTIME_ID;
}

INTERPOSE(int, clock_gettime, (clockid_t clock, struct timespec *ts))
{
	struct timespec used;
	struct fiber *f;
	uint64_t ns;

	if (LIKELY(clock_is_usual(clock)) || !(f = fiber_of_clock(clock)))
		return LIBC(clock_gettime, "GLIBC_2.17")(clock, ts);
	ns = fiber_cputime(f);
	used.tv_sec = (time_t)(ns / NS_PER_SEC);
	used.tv_nsec = (long)(ns % NS_PER_SEC);
	return (int)as_errno(USER_PUT(ts, &used));
}

INTERPOSE(int, clock_getres, (clockid_t clock, struct timespec *ts))
{
	if (!clock_is_usual(clock) && fiber_of_clock(clock))
		clock = CLOCK_THREAD_CPUTIME_ID;
	return LIBC(clock_getres, "GLIBC_2.17")(clock, ts);
}

INTERPOSE(int, pthread_getcpuclockid, (pthread_t id, clockid_t *clock))
{
	struct fiber *f = fiber_of(id);

	if (!f)
		return LIBC(pthread_getcpuclockid, "GLIBC_2.34")(id, clock);
	if (fiber_has_ended(f))
		return ESRCH;
	*clock = cputime_clock_of(f);
	return 0;
}

/* A fiber's CPU time is not divided into user and system time: report all of it
 * as user time. */
INTERPOSE(int, getrusage, (__rusage_who_t who, struct rusage *usage))
{
	struct fiber *f = rt_fiber();
	long r = raw_syscall(SYS_getrusage, who, usage);
	uint64_t us;

	if (r < 0 || who != RUSAGE_THREAD || !f)
		return (int)as_errno(r);
	us = fiber_cputime(f) / 1000;
	usage->ru_utime.tv_sec = (time_t)(us / 1000000);
	usage->ru_utime.tv_usec = (suseconds_t)(us % 1000000);
	usage->ru_stime.tv_sec = 0;
	usage->ru_stime.tv_usec = 0;
	return 0;
}

/* The kernel answers for the usual clocks. */
BY_NUMBER(clock_gettime)
{
	clockid_t clock = (clockid_t)a[0];

	if (clock_is_usual(clock))
		return false;
	*r = clock_gettime(clock, (struct timespec *)a[1]);
	return true;
}
