/*
 * sigmask.c - the signal mask, the pending signals and the alternate signal
 * stack of a thread.
 */
#include "sigset.h"

/* libc looks at set itself, and gives old to the kernel, which writes its own 8
 * bytes. */
static long mask(int how, const sigset_t *set, sigset_t *old)
{
	uint64_t bits = set ? bits_of(set) : 0, was;
	long r;

	if (!rt_fiber())
		return signal_mask(how, set ? &bits : NULL, (uint64_t *)old);
	r = signal_mask(how, set ? &bits : NULL, &was);
	return r == 0 && old ? USER_PUT((uint64_t *)old, &was) : r;
}

INTERPOSE(int, sigprocmask,
	  (int how, const sigset_t *restrict set, sigset_t *restrict old))
{
	return (int)as_errno(mask(how, set, old));
}

/* Returns an error number. */
INTERPOSE(int, pthread_sigmask,
	  (int how, const sigset_t *restrict set, sigset_t *restrict old))
{
	return as_error(mask(how, set, old));
}

INTERPOSE(int, sigpending, (sigset_t * set))
{
	uint64_t bits;
	long r = signal_pending(&bits);

	if (r == 0)
		r = USER_PUT((uint64_t *)set, &bits);
	return (int)as_errno(r);
}

INTERPOSE(int, sigaltstack,
	  (const stack_t *restrict stack, stack_t *restrict old))
{
	stack_t wanted, was;
	long r;

	if (!rt_fiber())
		return (int)as_errno(signal_altstack(stack, old));
	if (stack && USER_GET(&wanted, stack) < 0)
		return (int)as_errno(-EFAULT);
	r = signal_altstack(stack ? &wanted : NULL, &was);
	if (r == 0 && old)
		r = USER_PUT(old, &was);
	return (int)as_errno(r);
}

/* ---- BSD: sigvec(3), with sets of 32 signals in an int ---- */

static int bsd_mask(int how, int set)
{
	uint64_t bits = (unsigned)set, was;

	if (signal_mask(how, &bits, &was) < 0)
		return -1;
	return (int)was;
}

INTERPOSE(int, sigblock, (int set))
{
	return bsd_mask(SIG_BLOCK, set);
}

INTERPOSE(int, sigsetmask, (int set))
{
	return bsd_mask(SIG_SETMASK, set);
}

INTERPOSE(int, siggetmask, (void))
{
	return bsd_mask(SIG_BLOCK, 0);
}
