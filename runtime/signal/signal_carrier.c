/* Signals and carriers: the signal stack on which faults are handled, the
 * kernel thread's mask, and kicks, which interrupt what runs on a carrier. */
#include <sys/mman.h>

#include "base/map.h"
#include "signal/sigstate.h"

#define ALTSTACK_SIZE (64ul << 10)
#define GUARD	      4096ul

static struct carrier *carriers; /* under signal_lock */

void *carrier_altstack_top(struct carrier *c, size_t *size)
{
	*size = c->altstack ? ALTSTACK_SIZE : 0;
	return c->altstack ? (char *)c->altstack + ALTSTACK_SIZE : NULL;
}

static void altstack_make(struct carrier *c)
{
	stack_t s = { 0 };
	char *map = rt_map(GUARD + ALTSTACK_SIZE);

	if (!map)
		return;
	raw_syscall(SYS_mprotect, map, GUARD, PROT_NONE);
	s.ss_sp = map + GUARD;
	s.ss_size = ALTSTACK_SIZE;
	if (raw_syscall(SYS_sigaltstack, &s, 0) == 0)
		c->altstack = s.ss_sp;
	else
		raw_syscall(SYS_munmap, map, GUARD + ALTSTACK_SIZE);
}

void signal_carrier_start(struct carrier *c)
{
	uint64_t mask;
	struct carrier *p;

	/* What was kicked here before was not this kernel thread's work. */
	atomic_store(&c->kicked, false);
	if (!c->altstack)
		altstack_make(c);
	mask = signal_lock();
	for (p = carriers; p && p != c; p = p->signal_next)
		;
	if (!p) {
		c->signal_next = carriers;
		carriers = c;
	}
	signal_unlock(mask);
	kernel_mask_held();
}

void signal_carrier_unblock(void)
{
	kernel_mask_held();
}

void signal_carrier_end(struct carrier *c)
{
	stack_t off = { .ss_flags = SS_DISABLE };
	struct carrier **p;

	signal_lock();
	for (p = &carriers; *p && *p != c; p = &(*p)->signal_next)
		;
	if (*p)
		*p = c->signal_next;
	signal_unlock(KERNEL_ALL); /* blocked until the thread exits */
	raw_syscall(SYS_sigaltstack, &off, 0);
	if (c->altstack)
		raw_syscall(SYS_munmap, (char *)c->altstack - GUARD,
			    GUARD + ALTSTACK_SIZE);
	c->altstack = NULL;
}

/* A kicked carrier gets the new mask when the trampoline returns. */
void signal_carriers_review(void)
{
	uint64_t mask = signal_lock();
	struct carrier *c;

	for (c = carriers; c; c = c->signal_next)
		carrier_kick(c);
	signal_unlock(mask);
	/* The caller needs its mask before its own kick arrives. */
	kernel_mask_held();
}

/*
 * Held signals go back to the kernel, where signalfds look for them.  Only the
 * main kernel thread may queue a signal with another sender's siginfo:
 * rt_sigqueueinfo(2).
 */
void signal_return_held(void)
{
	struct carrier *c;
	siginfo_t info;
	uint64_t mask;

	if (!(process_queue.bits & signals_held))
		return;
	if (raw_syscall(SYS_gettid) != rt.pid) {
		for (c = carriers; c && c->tid != rt.pid; c = c->signal_next)
			;
		if (c)
			carrier_kick(c);
		return;
	}
	mask = signal_lock();
	kernel_mask(KERNEL_ALL);
	while (queue_get_locked(NULL, signals_held, &info))
		raw_syscall(SYS_rt_sigqueueinfo, rt.pid, info.si_signo, &info);
	signal_unlock(mask);
}

/*
 * Real-time signals count against RLIMIT_SIGPENDING, which all processes of a
 * user share.  Beyond the limit a standard signal is the kick: it always
 * arrives, though without a siginfo.  SIGSEGV is one that the runtime always
 * catches.
 *
 * Kicks that are queued would arrive one inside the other, each with a frame on
 * the stack of what runs, as soon as the trampoline opens the mask.  So one is
 * on its way at most: it has yet to look at what its senders have changed.
 */
void carrier_kick(struct carrier *c)
{
	if (atomic_exchange(&c->kicked, true))
		return;
	if (raw_syscall(SYS_tgkill, rt.pid, c->tid, SIG_KICK) != -EAGAIN)
		return;
	atomic_store(&c->bare_kick, true);
	raw_syscall(SYS_tgkill, rt.pid, c->tid, SIGSEGV);
}

void signal_carriers_forget(void)
{
	carriers = NULL;
}
