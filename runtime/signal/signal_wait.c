/*
 * A fiber's own signal mask and signal stack, and waiting for signals.
 */
#include "sigstate.h"

/*
 * Bits that stay with the kernel while every fiber blocks them: some signalfd
 * wants them, or a timer makes them, of which the kernel keeps one pending and
 * counts the rest, however short the timer's interval is.
 */
static _Atomic uint64_t kept_bits;

/* ---- what the kernel blocks as well ---- */

/* Not blocked, or waited for. */
static uint64_t open_to(struct fiber *f)
{
	return f->alive && !f->ended ? ~f->sigmask | f->sigwait : 0;
}

struct tally {
	uint64_t blocked; /* by every fiber */
	uint64_t wanted;
	struct fiber *other; /* to which one of the wanted is open */
};

static void tally_one(struct fiber *f, void *arg)
{
	struct tally *t = arg;

	t->blocked &= ~open_to(f);
	if (open_to(f) & t->wanted)
		t->other = f;
}

/* Which of these does every fiber block, and none wait for? */
static uint64_t all_block(uint64_t bits)
{
	static struct fiber *_Atomic other; /* who had it open the last time */
	struct tally t = { ~UNBLOCKABLE, bits, other };

	if (t.other && !(bits & ~open_to(t.other)))
		return 0;
	fiber_each(tally_one, &t);
	other = t.other;
	return bits & t.blocked;
}

/* A fiber has a new mask: which signals shall the kernel hold back from now on? */
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
	/* One that opened itself meanwhile may have seen it not held yet. */
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

/* The main fiber is the only one yet. */
void signal_hold_early(struct fiber *f)
{
	uint64_t keep = kept_bits;

	if (rt_config.raw)
		keep &= ~BIT(SIGSYS);
	atomic_fetch_or(&signals_held, f->sigmask & keep);
}

/* ---- the mask ---- */

/* Whose mask and stack are ours to keep; NULL: the kernel keeps them. */
static struct fiber *signal_owner(void)
{
	return UNLIKELY(rt_vforked) ? NULL : green_self;
}

/* Without running what is due now. */
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

static void run_due(struct fiber *f)
{
	if (signal_is_due(f))
		signal_poke_self();
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
	run_due(f);
	return 0;
}

uint64_t signal_mask_swap(uint64_t mask)
{
	struct fiber *f = green_self;
	uint64_t old = f->sigmask;

	/* From here on each handler counts, not only from the park on. */
	f->signals_ran = 0;
	f->under_mask = true;
	change_mask(f, mask);
	/* What is due now must end the wait that comes, not precede it. */
	if (signal_is_due(f))
		atomic_store(&f->interrupts, 1);
	return old;
}

void signal_mask_restore(uint64_t mask)
{
	struct fiber *f = green_self;

	f->under_mask = false;
	change_mask(f, mask);
	run_due(f);
}

bool signal_interrupted(bool restartable, bool cancels)
{
	struct fiber *f = green_self;

	if (!f || rt_vforked ||
	    (wait_interrupted(f, restartable) &&
	     (cancels || !cancel_is_due(f))))
		return true;
	return (f->signals_ran & RAN_NO_RESTART) ||
	       (f->signals_ran && !restartable);
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
	unsigned mode;

	if (!f) {
		if (stack)
			signal_stack_seen = true;
		return (int)raw_syscall(SYS_sigaltstack, stack, old);
	}
	if (old) {
		*old = f->altstack;
		if (is_on(&f->altstack, sp))
			old->ss_flags |= SS_ONSTACK;
	}
	if (!stack)
		return 0;
	if (is_on(&f->altstack, sp))
		return -EPERM;
	mode = (unsigned)stack->ss_flags & ~SS_AUTODISARM_BIT;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		f->altstack = (stack_t){ .ss_flags = SS_DISABLE };
		return 0;
	}
	if (stack->ss_size < 2048) /* the kernel's MINSIGSTKSZ */
		return -ENOMEM;
	f->altstack = *stack;
	f->altstack.ss_flags = (int)((unsigned)stack->ss_flags &
				     SS_AUTODISARM_BIT);
	return 0;
}

/* ---- waiting ---- */

/* What is there already: the lowest number, the fiber's own first.  0:
 * nothing. */
static int take_pending(struct fiber *f, uint64_t set, siginfo_t *info)
{
	uint64_t mask, own, all;
	int sig = 0;

	if (!((f->sigqueue.bits | process_queue.bits) & set))
		return 0;
	mask = signal_lock();
	own = f->sigqueue.bits & set;
	all = own | (process_queue.bits & set);
	all &= -all;
	if (all && queue_get_locked(own & all ? f : NULL, all, info))
		sig = info->si_signo;
	signal_unlock(mask);
	return sig;
}

/* The same of what is held: that is pending in the kernel.  From now on it comes
 * here; f is known to wait already. */
static int take_held(struct fiber *f, uint64_t set, siginfo_t *info)
{
	struct timespec zero = { 0, 0 };
	uint64_t held;

	while ((held = set & signals_held) != 0) {
		struct fiber *target;
		int sig = (int)raw_syscall(SYS_rt_sigtimedwait, &held, info,
					   &zero, 8);

		if (sig <= 0) {
			atomic_fetch_and(&signals_held, ~held);
			signal_carriers_review();
			break;
		}
		target = signal_timer_fiber(info);
		if (!target || target == f) {
			signal_timer_taken(info);
			return sig;
		}
		signal_to_one(target, sig, info);
	}
	return 0;
}

int signal_wait(uint64_t set, siginfo_t *info, uint64_t deadline_ns)
{
	struct fiber *f = rt_fiber();
	struct timespec left, *timeout = NULL;
	uint64_t mask;
	enum wake why;
	int sig;

	set &= ~UNBLOCKABLE;
	if (!f) {
		uint64_t now = now_ns();

		if (deadline_ns != GREEN_FOREVER) {
			now = deadline_ns > now ? deadline_ns - now : 0;
			left.tv_sec = (time_t)(now / NS_PER_SEC);
			left.tv_nsec = (long)(now % NS_PER_SEC);
			timeout = &left;
		}
		return (int)raw_syscall(SYS_rt_sigtimedwait, &set, info,
					timeout, 8);
	}
	signal_virtualise(set);
	atomic_fetch_add(&signal_waiters, 1);
	atomic_store(&f->sigwait, set);
	sig = take_held(f, set, info);
	while (!sig) {
		struct hub *h;

		sig = take_pending(f, set, info);
		if (sig || deadline_ns == 0)
			break;
		h = sched_enter(f);
		park_prepare(f);
		why = park(f, h, WAIT_SIGNAL, NULL, deadline_ns);
		park_leave(f);
		if (why == WAKE_TIMEOUT)
			break;
		sig = take_pending(f, set, info);
		if (sig)
			break;
		if (wait_interrupted(f, false)) {
			sig = -EINTR;
			break;
		}
	}
	/* Whoever finds us waiting holds the lock until we have the signal. */
	mask = signal_lock();
	atomic_store(&f->sigwait, 0);
	if (sig <= 0 && queue_get_locked(f, set, info))
		sig = info->si_signo;
	signal_unlock(mask);
	atomic_fetch_sub(&signal_waiters, 1);
	/* One may have been given to us as we stopped waiting. */
	queue_blocked(f, set & f->sigmask);
	run_due(f);
	return sig ? sig : -EAGAIN;
}

int signal_suspend(const uint64_t *mask)
{
	struct fiber *f = rt_fiber();
	uint64_t old;

	if (!f) {
		if (mask)
			return (int)raw_syscall(SYS_rt_sigsuspend, mask, 8);
		return (int)raw_syscall(SYS_pause);
	}
	old = signal_mask_swap(mask ? *mask : f->sigmask);
	for (;;) {
		struct hub *h = sched_enter(f);
		enum wake why;

		park_prepare(f);
		why = park(f, h, WAIT_SIGNAL, NULL, GREEN_FOREVER);
		park_leave(f);
		if (why == WAKE_INTR && wait_interrupted(f, false))
			break;
	}
	signal_mask_restore(old);
	return -EINTR;
}
