/*
 * sigtimer.c - timers that send signals.
 *
 * The kernel implements alarm(), setitimer() and the timers that signal the
 * process.  But while all fibers block the signal of a timer, the kernel
 * threads have to block it too: the kernel then keeps one signal pending and
 * counts the overruns.  For a timer that signals one thread, the runtime has to
 * know the fiber.
 */
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "sigset.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* False for a SIGEV_THREAD timer, which libc implements: libc sets the top bit
 * of its timer_t. */
static bool sigtimer_is_kernels(timer_t timer)
{
	return (intptr_t)timer >= 0;
}

static int sigtimer_create(clockid_t clock, const struct sigevent *event,
			   timer_t *timer)
{
	int r = signal_timer_make();

	if (r < 0)
		return (int)as_errno(r);
	r = LIBC(timer_create, "GLIBC_2.3.3")(clock, (struct sigevent *)event,
					      timer);
	if (r < 0 || !sigtimer_is_kernels(*timer))
		signal_timer_unmade();
	if (r == 0 && sigtimer_is_kernels(*timer))
		signal_timer_set((int)(intptr_t)*timer);
	return r;
}

/* SIGEV_THREAD_ID for a fiber: the kernel signals the process, and the runtime
 * passes the signal to the fiber. */
static int sigtimer_create_for_thread(clockid_t clock,
				      const struct sigevent *event,
				      timer_t *timer)
{
	struct sigevent changed = *event;
	int r;

	changed.sigev_notify = SIGEV_SIGNAL;
	if (sigtimer_create(clock, &changed, timer) < 0)
		return -1;
	r = signal_timer_direct((int)(intptr_t)*timer,
				event->sigev_notify_thread_id);
	if (r < 0) {
		LIBC(timer_delete, "GLIBC_2.3.3")(*timer);
		signal_timer_unmade();
	}
	return (int)as_errno(r);
}

INTERPOSE(int, timer_create,
	  (clockid_t clock, struct sigevent *restrict event,
	   timer_t *restrict timer))
{
	if (!event) {
		signal_keep(bit_of(SIGALRM));
		return sigtimer_create(clock, event, timer);
	}
	switch (event->sigev_notify) {
	case SIGEV_THREAD_ID:
		if (rt_started && fiber_by_tid(event->sigev_notify_thread_id))
			return sigtimer_create_for_thread(clock, event, timer);
		break;
	case SIGEV_THREAD:
		/* libc makes a kernel thread, and meanwhile blocks all signals
		 * of the calling one.  Hop, so that the hub's carrier still
		 * takes signals. */
		return IN_HOP(sigtimer_create(clock, event, timer));
	case SIGEV_SIGNAL:
		signal_keep(bit_of(event->sigev_signo));
		break;
	default:
		break;
	}
	return sigtimer_create(clock, event, timer);
}

INTERPOSE(int, timer_getoverrun, (timer_t timer))
{
	int n = sigtimer_is_kernels(timer)
			? signal_timer_overrun((int)(intptr_t)timer)
			: -1;

	return n >= 0 ? n : LIBC(timer_getoverrun, "GLIBC_2.34")(timer);
}

INTERPOSE(int, timer_settime,
	  (timer_t timer, int flags, const struct itimerspec *restrict value,
	   struct itimerspec *restrict old))
{
	/* Tell the runtime before: the timer may expire at once. */
	if (sigtimer_is_kernels(timer))
		signal_timer_set((int)(intptr_t)timer);
	return LIBC(timer_settime, "GLIBC_2.34")(timer, flags, value, old);
}

INTERPOSE(int, timer_delete, (timer_t timer))
{
	int r = LIBC(timer_delete, "GLIBC_2.3.3")(timer);

	if (r == 0 && sigtimer_is_kernels(timer))
		signal_timer_deleted((int)(intptr_t)timer);
	return r;
}

INTERPOSE(int, setitimer,
	  (__itimer_which_t which, const struct itimerval *restrict value,
	   struct itimerval *restrict old))
{
	static const int signals[] = { SIGALRM, SIGVTALRM, SIGPROF };

	if (value && (unsigned)which < 3)
		signal_keep(bit_of(signals[which]));
	return (int)PASS(SYS_setitimer, which, value, old);
}

/* ualarm(3): returns the time that was left, in microseconds. */
INTERPOSE(useconds_t, ualarm, (useconds_t first, useconds_t interval))
{
	struct itimerval value = { { 0, (suseconds_t)interval },
				   { 0, (suseconds_t)first } };
	struct itimerval old;

	if (setitimer(ITIMER_REAL, &value, &old) < 0)
		return (useconds_t)-1;
	return (useconds_t)(old.it_value.tv_sec * 1000000 +
			    old.it_value.tv_usec);
}
