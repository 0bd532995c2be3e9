/*
 * signal.c - signal dispositions: sigaction(2) and older functions.
 */
#include "sigset.h"

#ifndef SA_RESTORER
#define SA_RESTORER 0x04000000
#endif
#define SIG_HOLD_ ((void (*)(int))2)

/* Signals for which signal() does not set SA_RESTART: siginterrupt(3). */
static uint64_t interrupting;

INTERPOSE(int, sigaction,
	  (int sig, const struct sigaction *restrict act,
	   struct sigaction *restrict old))
{
	struct action a, was;
	long r;

	if (act) {
		a.handler = (void *)act->sa_handler;
		a.flags = (unsigned)act->sa_flags | SA_RESTORER;
		a.restorer = arch_sigreturn;
		memcpy(&a.mask, &act->sa_mask, sizeof(a.mask));
	}
	if (!signal_valid(sig))
		return (int)as_errno(-EINVAL);
	r = signal_action(sig, act ? &a : NULL, old ? &was : NULL);
	if (r == 0 && old) {
		old->sa_handler = (void (*)(int))was.handler;
		old->sa_flags = (int)was.flags;
		old->sa_restorer = (void (*)(void))was.restorer;
		to_set(was.mask, &old->sa_mask);
	}
	return (int)as_errno(r);
}
INTERPOSE_ALIAS(__sigaction, sigaction)

static void (*set_handler(int sig, void (*handler)(int), int flags,
			  uint64_t mask))(int)
{
	struct sigaction act = { .sa_handler = handler, .sa_flags = flags };
	struct sigaction old;

	if (handler == SIG_ERR || !signal_valid(sig)) {
		errno = EINVAL;
		return SIG_ERR;
	}
	to_set(mask, &act.sa_mask);
	return sigaction(sig, &act, &old) < 0 ? SIG_ERR : old.sa_handler;
}

/* signal(2): glibc's signal() has the semantics of BSD. */
INTERPOSE(sighandler_t, signal, (int sig, sighandler_t handler))
{
	uint64_t bit = bit_of(sig);

	return set_handler(sig, handler, interrupting & bit ? 0 : SA_RESTART,
			   bit);
}
INTERPOSE_ALIAS(bsd_signal, signal)
INTERPOSE_ALIAS(ssignal, signal)

INTERPOSE(sighandler_t, __sysv_signal, (int sig, sighandler_t handler))
{
	return set_handler(sig, handler, (int)(SA_RESETHAND | SA_NODEFER), 0);
}
INTERPOSE_ALIAS(sysv_signal, __sysv_signal)

INTERPOSE(int, siginterrupt, (int sig, int on))
{
	struct sigaction act;
	uint64_t bit = bit_of(sig);

	if (sigaction(sig, NULL, &act) < 0)
		return -1;
	if (on) {
		__atomic_or_fetch(&interrupting, bit, __ATOMIC_RELAXED);
		act.sa_flags &= ~SA_RESTART;
	} else {
		__atomic_and_fetch(&interrupting, ~bit, __ATOMIC_RELAXED);
		act.sa_flags |= SA_RESTART;
	}
	return sigaction(sig, &act, NULL);
}

/* ---- System V: sigset(3) ---- */

static int hold(int how, int sig)
{
	uint64_t bit = bit_of(sig);

	if (!signal_valid(sig))
		return (int)as_errno(-EINVAL);
	return (int)as_errno(signal_mask(how, &bit, NULL));
}

INTERPOSE(int, sighold, (int sig))
{
	return hold(SIG_BLOCK, sig);
}

INTERPOSE(int, sigrelse, (int sig))
{
	return hold(SIG_UNBLOCK, sig);
}

INTERPOSE(int, sigignore, (int sig))
{
	return set_handler(sig, SIG_IGN, 0, 0) == SIG_ERR ? -1 : 0;
}

INTERPOSE(sighandler_t, sigset, (int sig, sighandler_t disposition))
{
	uint64_t bit = bit_of(sig), was;
	struct sigaction old;
	sighandler_t before;

	if (disposition == SIG_ERR || !signal_valid(sig)) {
		errno = EINVAL;
		return SIG_ERR;
	}
	if (disposition == SIG_HOLD_) {
		if (sigaction(sig, NULL, &old) < 0)
			return SIG_ERR;
		signal_mask(SIG_BLOCK, &bit, &was);
		return was & bit ? SIG_HOLD_ : old.sa_handler;
	}
	before = set_handler(sig, disposition, 0, 0);
	if (before == SIG_ERR)
		return SIG_ERR;
	signal_mask(SIG_UNBLOCK, &bit, &was);
	return was & bit ? SIG_HOLD_ : before;
}
