/*
 * sigtimer.c - timers that make signals.
 *
 * alarm, setitimer and timers that signal the process are the kernel's own.
 * But while their signals are blocked, the kernel is to see that, and not only
 * the fibers: it has one pending then, and counts the others.  And a timer
 * that signals one thread must learn which fiber that is.
 */
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "sigset.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* libc's own timers, which call a function, have no such number; it signs their
 * timer_t with the topmost bit. */
static bool is_kernels(timer_t timer)
{
	return (intptr_t)timer >= 0;
}

static int create(clockid_t clock, const struct sigevent *event, timer_t *timer)
{
	int r = LIBC(timer_create,
		     "GLIBC_2.3.3")(clock, (struct sigevent *)event, timer);

	if (r == 0 && is_kernels(*timer))
		signal_timer_set((int)(intptr_t)*timer);
	return r;
}

/* The kernel signals the process, and the runtime the thread. */
static int create_for_thread(clockid_t clock, const struct sigevent *event,
			     timer_t *timer)
{
	struct sigevent changed = *event;
	int r;

	changed.sigev_notify = SIGEV_SIGNAL;
	if (create(clock, &changed, timer) < 0)
		return -1;
	r = signal_timer_direct((int)(intptr_t)*timer,
				event->sigev_notify_thread_id);
	if (r < 0)
		LIBC(timer_delete, "GLIBC_2.3.3")(*timer);
	return (int)as_errno(r);
}

INTERPOSE(int, timer_create,
	  (clockid_t clock, struct sigevent *restrict event,
	   timer_t *restrict timer))
{
	if (!event) {
		signal_keep(bit_of(SIGALRM));
		return create(clock, event, timer);
	}
	switch (event->sigev_notify) {
	case SIGEV_THREAD_ID:
		if (rt_started && fiber_by_tid(event->sigev_notify_thread_id))
			return create_for_thread(clock, event, timer);
		break;
	case SIGEV_THREAD:
		/* libc makes a thread then, with all signals blocked meanwhile:
		 * not on a carrier that others need. */
		return IN_HOP(create(clock, event, timer));
	case SIGEV_SIGNAL:
		signal_keep(bit_of(event->sigev_signo));
		break;
	default:
		break;
	}
	return create(clock, event, timer);
}

INTERPOSE(int, timer_getoverrun, (timer_t timer))
{
	int n = is_kernels(timer) ? signal_timer_overrun((int)(intptr_t)timer)
				  : -1;

	return n >= 0 ? n : LIBC(timer_getoverrun, "GLIBC_2.34")(timer);
}

INTERPOSE(int, timer_settime,
	  (timer_t timer, int flags, const struct itimerspec *restrict value,
	   struct itimerspec *restrict old))
{
	/* Before: it may expire at once. */
	if (is_kernels(timer))
		signal_timer_set((int)(intptr_t)timer);
	return LIBC(timer_settime, "GLIBC_2.34")(timer, flags, value, old);
}

INTERPOSE(int, timer_delete, (timer_t timer))
{
	int r = LIBC(timer_delete, "GLIBC_2.3.3")(timer);

	if (r == 0 && is_kernels(timer))
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

/* The time that was left, in microseconds. */
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
