/* A fiber's own signal mask and signal stack, and the part of the mask that the
 * kernel has to know. */
#include "fiber/registry.h"
#include "signal/sigstate.h"

/*
 * Signals that stay pending in the kernel while every fiber blocks them.  A
 * signalfd reads them there, or a timer sends them: the kernel keeps one signal
 * of a timer pending and counts the others, however short the interval is.
 */
static _Atomic uint64_t kept_bits;

/* ---- what the kernel blocks as well ---- */

/* What f does not block, or waits for. */
static uint64_t open_to(struct fiber *f)
{
	return f->alive && !f->ended ? ~f->sigmask | f->sigwait : 0;
}

struct tally {
	uint64_t blocked; /* by every fiber */
	uint64_t wanted;
	struct fiber *other; /* has one of `wanted` open */
};

static void tally_one(struct fiber *f, void *arg)
{
	struct tally *t = arg;

	t->blocked &= ~open_to(f);
	if (open_to(f) & t->wanted)
		t->other = f;
}

/* Those of bits that every fiber blocks and none waits for. */
static uint64_t all_block(uint64_t bits)
{
	static struct fiber *_Atomic other; /* had one open the last time */
	struct tally t = { ~UNBLOCKABLE, bits, other };

	if (t.other && !(bits & ~open_to(t.other)))
		return 0;
	fiber_each(tally_one, &t);
	other = t.other;
	return bits & t.blocked;
}

/* A fiber has changed its mask by these: which signals shall the kernel hold
 * back from now on? */
static void review_held(uint64_t blocked, uint64_t unblocked)
{
	uint64_t keep;

	if (unblocked & signals_held) {
		atomic_fetch_and(&signals_held, ~unblocked);
		signal_carriers_review();
	}
	keep = blocked & kept_bits & ~signals_held;
	if (rt_config.raw)
		keep &= ~BIT(SIGSYS);
	if (keep)
		keep = all_block(keep);
	if (!keep)
		return;
	atomic_fetch_or(&signals_held, keep);
	/* A fiber that unblocked one meanwhile may have seen it as not held. */
	atomic_fetch_and(&signals_held, ~(keep & ~all_block(keep)));
	signal_virtualise(keep);
	signal_carriers_review();
	signal_return_held();
}

void signal_keep(uint64_t set)
{
	struct fiber *f = green_self;

	if (UNLIKELY(rt_vforked))
		return;
	atomic_fetch_or(&kept_bits, set & ~UNBLOCKABLE);
	if (f)
		review_held(f->sigmask & set, 0);
}

void signal_hold_early(struct fiber *f)
{
	uint64_t keep = kept_bits;

	if (rt_config.raw)
		keep &= ~BIT(SIGSYS);
	atomic_fetch_or(&signals_held, f->sigmask & keep);
}

/* ---- the mask ---- */

/* The calling fiber, if the runtime keeps its mask and signal stack; NULL: the
 * kernel keeps the caller's. */
static struct fiber *signal_owner(void)
{
	return UNLIKELY(rt_vforked) ? NULL : green_self;
}

/* Handlers that become due do not run yet. */
static void change_mask(struct fiber *f, uint64_t mask)
{
	uint64_t old = f->sigmask, blocked, unblocked;

	mask &= ~UNBLOCKABLE;
	blocked = mask & ~old;
	unblocked = old & ~mask;
	if (blocked)
		signal_virtualise(blocked & ~signals_sig_ign);
	atomic_store(&f->sigmask, mask);
	if (blocked)
		queue_blocked(f, blocked);
	if (UNLIKELY((unblocked & signals_held) || (blocked & kept_bits)))
		review_held(blocked, unblocked);
	if (unblocked)
		queue_claim(f);
}

void signal_run_due(struct fiber *f)
{
	if (signal_is_due(f))
		signal_kick_self();
}

int signal_mask(int how, const uint64_t *set, uint64_t *old)
{
	struct fiber *f = signal_owner();
	uint64_t mask, change = set ? *set : 0;

	if (!f)
		return (int)raw_syscall(SYS_rt_sigprocmask, how, set, old, 8);
	mask = f->sigmask;
	if (old)
		*old = mask;
	if (!set)
		return 0;
	switch (how) {
	case SIG_BLOCK:
		mask |= change;
		break;
	case SIG_UNBLOCK:
		mask &= ~change;
		break;
	case SIG_SETMASK:
		mask = change;
		break;
	default:
		return -EINVAL;
	}
	change_mask(f, mask);
	signal_run_due(f);
	return 0;
}

uint64_t signal_mask_swap(uint64_t mask)
{
	struct fiber *f = green_self;
	uint64_t old = f->sigmask;

	/* Each handler counts from here on, not only from the park on. */
	f->signals_ran = 0;
	f->under_mask = true;
	change_mask(f, mask);
	/* A signal that is due now must end the wait that follows, not precede
	 * it. */
	if (signal_is_due(f))
		atomic_store(&f->interrupts, 1);
	return old;
}

void signal_mask_restore(uint64_t mask)
{
	struct fiber *f = green_self;

	f->under_mask = false;
	change_mask(f, mask);
	signal_run_due(f);
}

int signal_pending(uint64_t *out)
{
	struct fiber *f = signal_owner();
	uint64_t kernel = 0;
	int r = (int)raw_syscall(SYS_rt_sigpending, &kernel, 8);

	if (f)
		kernel |= (f->sigqueue.bits | process_queue.bits) & f->sigmask;
	*out = kernel;
	return r;
}

/* ---- the kernel thread's mask, for a while ---- */

void mask_lend(void)
{
	kernel_mask(green_self->sigmask);
}

/* The kernel thread's mask is empty, and the runtime may catch what the program
 * ignores. */
bool terminal_enter(void)
{
	struct fiber *f = rt_fiber();
	uint64_t bits = f ? (f->sigmask | signals_sig_ign) & TERMINAL_BITS : 0;

	if (bits)
		kernel_mask(signals_held | bits);
	return bits != 0;
}

void mask_return(void)
{
	kernel_mask_held();
}

/* ---- the alternate stack ---- */

#define SS_AUTODISARM_BIT (1u << 31)

static bool is_on(const stack_t *s, uintptr_t sp)
{
	return !(s->ss_flags & SS_DISABLE) && s->ss_size &&
	       !((unsigned)s->ss_flags & SS_AUTODISARM_BIT) &&
	       sp >= (uintptr_t)s->ss_sp &&
	       sp < (uintptr_t)s->ss_sp + s->ss_size;
}

_Atomic bool signal_stack_seen;

int signal_altstack(const stack_t *stack, stack_t *old)
{
	struct fiber *f = signal_owner();
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
	stack_t wanted = { 0 };
	unsigned mode;

	if (!f) {
		if (stack)
			signal_stack_seen = true;
		return (int)raw_syscall(SYS_sigaltstack, stack, old);
	}
	if (stack)
		wanted = *stack; /* it may be old */
	if (old) {
		*old = f->altstack;
		if (is_on(&f->altstack, sp))
			old->ss_flags |= SS_ONSTACK;
	}
	if (!stack)
		return 0;
	if (is_on(&f->altstack, sp))
		return -EPERM;
	mode = (unsigned)wanted.ss_flags & ~SS_AUTODISARM_BIT;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		f->altstack = (stack_t){ .ss_flags = SS_DISABLE };
		return 0;
	}
	if (wanted.ss_size < 2048) /* the kernel's MINSIGSTKSZ */
		return -ENOMEM;
	f->altstack = wanted;
	f->altstack.ss_flags = (int)((unsigned)wanted.ss_flags &
				     SS_AUTODISARM_BIT);
	return 0;
}
