/* Waiting for signals: sigwait(3) and its kin, sigsuspend(2). */
#include "base/now.h"
#include "signal/sigstate.h"

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

/* Take a pending signal of set: the lowest number, the fiber's own first. 0:
 * none is pending. */
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

/* The same for held signals, which are pending in the kernel.  Those of set are
 * not held afterwards and come here; f->sigwait is set already. */
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
		/* It was sent here just before the signal was held. */
		if (signal_is_kick(info))
			continue;
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
	/* A sender that finds f waiting holds the lock until the signal is in
	 * f's queue. */
	mask = signal_lock();
	atomic_store(&f->sigwait, 0);
	if (sig <= 0 && queue_get_locked(f, set, info))
		sig = info->si_signo;
	signal_unlock(mask);
	atomic_fetch_sub(&signal_waiters, 1);
	/* f may have been given a signal just as it stopped waiting. */
	queue_blocked(f, set & f->sigmask);
	signal_run_due(f);
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
