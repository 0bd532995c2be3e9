/*
 * syscall.c - syscall(2) and gettid(2).
 *
 * A call that has an interposer goes to that interposer, so that both ways to
 * make the call have the same effect.  All other calls go to the kernel in
 * place.
 */
#include <stdarg.h>

#include "clock.h"
#include "prctl.h"
#include "number/syscall_dispatch.h"
#include "number/syscall_futex.h"
#include "number/syscall_wait.h"

/* Each fiber has a tid of its own, as a thread has: programs identify the
 * owners of their locks by it.  Test green_self, not rt_fiber(): the tid is the
 * same in a signal handler that interrupted the scheduler. */
static long thread_number(void)
{
	if (!green_self || UNLIKELY(rt_vforked))
		return raw_syscall(SYS_gettid);
	return fiber_tid(green_self);
}

INTERPOSE(pid_t, gettid, (void))
{
	return (pid_t)thread_number();
}

/* cancel_hold(): many libc functions are cancellation points, but the same call
 * by syscall(2) is not. */
bool syscall_dispatch(long nr, const long a[6], long *r)
{
	bool held, done = true;

	if (nr == SYS_gettid) {
		*r = thread_number();
		return true;
	}
	held = cancel_hold();
	if (nr == SYS_futex)
		*r = as_errno(syscall_futex(a));
	else
		done = syscall_transfer(nr, a, r) ||
		       syscall_descriptor(nr, a, r) || syscall_poll(nr, a, r) ||
		       syscall_signal(nr, a, r) || syscall_wait(nr, a, r) ||
		       syscall_process(nr, a, r) || prctl_call(nr, a, r) ||
		       process_call(nr, a, r) || clock_call(nr, a, r);
	cancel_release(held);
	return done;
}

INTERPOSE(long, syscall, (long nr, ...))
{
	long a[6], r;
	va_list ap;
	int i;

	va_start(ap, nr);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);

	if (syscall_dispatch(nr, a, &r))
		return r;
	return PASS(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}
