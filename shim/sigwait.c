/*
 * sigwait.c - waiting for signals.
 */
#include <unistd.h>

#include "sigset.h"

static long sigwait_wait_for(const sigset_t *set, siginfo_t *info,
			     const struct timespec *timeout)
{
	struct timespec ts;
	siginfo_t own;
	uint64_t bits;
	long r;

	if (bits_at(set, &bits) < 0 || (timeout && USER_GET(&ts, timeout) < 0))
		return -EFAULT;
	if (timeout && !timespec_valid(&ts))
		return -EINVAL;
	if (timeout && !ts.tv_sec && !ts.tv_nsec)
		r = signal_wait(bits, &own, 0);
	else
		r = CANCEL_IN_LIBC(signal_wait(
			bits, &own, deadline_in(timeout ? &ts : NULL)));
	if (r <= 0 || !info)
		return r;
	if (own.si_code == SI_TKILL) /* as libc's sigtimedwait */
		own.si_code = SI_USER;
	return USER_PUT(info, &own) < 0 ? -EFAULT : r;
}

INTERPOSE(int, sigtimedwait,
	  (const sigset_t *restrict set, siginfo_t *restrict info,
	   const struct timespec *restrict timeout))
{
	return (int)as_errno(
		CANCEL_POINT(sigwait_wait_for(set, info, timeout)));
}

INTERPOSE(int, sigwaitinfo,
	  (const sigset_t *restrict set, siginfo_t *restrict info))
{
	return (int)as_errno(CANCEL_POINT(sigwait_wait_for(set, info, NULL)));
}

/* sigwait(3): returns an error number; handlers do not interrupt it. */
INTERPOSE(int, sigwait, (const sigset_t *restrict set, int *restrict sig))
{
	long r;

	do
		r = CANCEL_POINT(sigwait_wait_for(set, NULL, NULL));
	while (r == -EINTR);
	if (r < 0)
		return as_error(r);
	*sig = (int)r;
	return 0;
}

static int sigwait_suspend(const uint64_t *mask)
{
	return CANCEL_IN_LIBC(signal_suspend(mask));
}

INTERPOSE(int, sigsuspend, (const sigset_t *set))
{
	uint64_t bits;

	if (bits_at(set, &bits) < 0)
		return (int)as_errno(-EFAULT);
	return (int)as_errno(CANCEL_POINT(sigwait_suspend(&bits)));
}
INTERPOSE_ALIAS(__sigsuspend, sigsuspend)

INTERPOSE(int, pause, (void))
{
	return (int)as_errno(CANCEL_POINT(sigwait_suspend(NULL)));
}

/* X/Open sigpause(3): wait with sig unblocked. */
INTERPOSE(int, __xpg_sigpause, (int sig))
{
	uint64_t bits;

	if (!signal_valid(sig))
		return (int)as_errno(-EINVAL);
	signal_mask(SIG_BLOCK, NULL, &bits);
	bits &= ~bit_of(sig);
	return (int)as_errno(CANCEL_POINT(sigwait_suspend(&bits)));
}

/* BSD sigpause(3): wait with this mask. */
EXPORT int __sigpause(int sig_or_mask, int is_sig);
INTERPOSE(int, __sigpause, (int sig_or_mask, int is_sig))
{
	uint64_t bits = (unsigned)sig_or_mask;

	if (is_sig)
		return __xpg_sigpause(sig_or_mask);
	return (int)as_errno(CANCEL_POINT(sigwait_suspend(&bits)));
}

/* The symbol sigpause has the BSD semantics, while <signal.h> maps the name to
 * the X/Open function: define it under another name. */
EXPORT int bsd_sigpause(int mask) __asm__("sigpause");
int bsd_sigpause(int mask)
{
	return __sigpause(mask, 0);
}
