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

/* Timers with an entry of the runtime's table, to give it back. */
#define TARGETED 256

static struct {
	_Atomic uintptr_t timer; /* its id + 1, 0: free */
	const void *target;
} targeted[TARGETED];

static void remember(timer_t timer, const void *target)
{
	int i;

	for (i = 0; i < TARGETED; i++) {
		uintptr_t none = 0;

		if (atomic_compare_exchange_strong(&targeted[i].timer, &none,
						   (uintptr_t)timer + 1)) {
			targeted[i].target = target;
			return;
		}
	}
}

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

INTERPOSE(int, timer_create,
	  (clockid_t clock, struct sigevent *restrict event,
	   timer_t *restrict timer))
{
	struct sigevent changed;
	int r, mapped = 0;

	if (event && event->sigev_notify == SIGEV_THREAD_ID) {
		changed = *event;
		mapped = signal_timer_target(&changed,
					     event->sigev_notify_thread_id);
		if (mapped < 0)
			return (int)as_errno(mapped);
		if (mapped)
			event = &changed;
	}
	/* libc makes a thread then, with all signals blocked meanwhile: not on
	 * a carrier that others need. */
	if (event && event->sigev_notify == SIGEV_THREAD)
		return IN_HOP(
			LIBC(timer_create, "GLIBC_2.3.3")(clock, event, timer));
	if (!event)
		signal_keep(bit_of(SIGALRM));
	else if (event->sigev_notify == SIGEV_SIGNAL && !mapped)
		signal_keep(bit_of(event->sigev_signo));
	r = LIBC(timer_create, "GLIBC_2.3.3")(clock, event, timer);
	if (mapped && r < 0)
		signal_timer_forget(changed.sigev_value.sival_ptr);
	else if (mapped)
		remember(*timer, changed.sigev_value.sival_ptr);
	return r;
}

/* libc's own timers, which call a function, have no such number; it signs their
 * timer_t with the topmost bit. */
static bool is_kernels(timer_t timer)
{
	return (intptr_t)timer >= 0;
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
	int r = LIBC(timer_settime, "GLIBC_2.34")(timer, flags, value, old);

	if (r == 0 && is_kernels(timer))
		signal_timer_set((int)(intptr_t)timer);
	return r;
}

INTERPOSE(int, timer_delete, (timer_t timer))
{
	int r = LIBC(timer_delete, "GLIBC_2.3.3")(timer), i;

	if (r == 0 && is_kernels(timer))
		signal_timer_set((int)(intptr_t)timer);
	for (i = 0; r == 0 && i < TARGETED; i++) {
		uintptr_t id = (uintptr_t)timer + 1;
		const void *target = targeted[i].target;

		if (atomic_compare_exchange_strong(&targeted[i].timer, &id, 0))
			signal_timer_forget(target);
	}
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
