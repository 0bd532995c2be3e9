/*
 * The trampoline: what the kernel calls for every signal that is caught.
 *
 * Where a signal interrupts the thread decides what may be done.  In a fiber's
 * own code (CARRIER_USER, CARRIER_TAKEN) the program's handler runs at once, in
 * the kernel's frame: the handler may wait, jump out or return on another
 * carrier, because the frame lies on the fiber's own stack.  Inside the
 * scheduler, or on a carrier that runs no fiber, the signal is queued for the
 * monitor.
 *
 * The trampoline itself runs with all signals blocked.  The program's handler
 * runs under the fiber's signal mask, which only the runtime keeps: the kernel
 * thread blocks no more than signals_held.
 */
#include <fcntl.h>

#include "fiber/registry.h"
#include "sched/monitor.h"
#include "sched/pin.h"
#include "signal/frame.h"
#include "signal/faults.h"
#include "signal/sigstate.h"

_Atomic uint64_t signals_held;

static _Atomic uint64_t early;	 /* arrived in a child that is not ready */
static bool in_new_child;	 /* until signal_early_again() */
static _Atomic bool tell_wanted; /* signal_to_one() queued something */
void (*signal_cancel_hook)(void);

static void deliver_due(struct fiber *f, int sig, siginfo_t *info,
			ucontext_t *uc);

/*
 * Was a cancellable wait of libc's own interrupted (on a condition variable
 * that processes share, in aio_suspend)?  Before glibc 2.41 libc marks the
 * thread for immediate cancellation there, and nobody else sets that mark: what
 * the program asked for is kept in the fiber.  The mark is cleared.  Since 2.41
 * libc looks at the program counter, and so does this function.
 */
static bool leave_libc_wait(const ucontext_t *uc)
{
	int *flags = (int *)(arch_tls_base() + (uintptr_t)tcb_cancel_offset);
	uintptr_t pc = arch_context_pc(uc);

	if (tcb_cancel_offset >= 0 &&
	    (__atomic_fetch_and(flags, ~LIBC_CANCEL_AT_ONCE, __ATOMIC_RELAXED) &
	     LIBC_CANCEL_AT_ONCE))
		return true;
	return code_holds(&libc_text, pc) &&
	       arch_context_in_cancellable(uc, libc_text.low);
}

static bool on_stack(const stack_t *s, uintptr_t sp)
{
	return !(s->ss_flags & SS_DISABLE) && sp >= (uintptr_t)s->ss_sp &&
	       sp < (uintptr_t)s->ss_sp + s->ss_size;
}

/* ---- running the program's handlers ---- */

/* Where the frame must move before a handler with these flags runs; NULL: the
 * frame may stay where it is. */
static void *frame_place(struct fiber *f, unsigned long flags, ucontext_t *uc)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t sp = arch_context_sp(uc);
	size_t size;
	char *low = carrier_altstack_top(f->carrier, &size);
	bool on_carriers = low && here >= (uintptr_t)low - size &&
			   here < (uintptr_t)low;

	if ((flags & SA_ONSTACK) && f->altstack.ss_size &&
	    !(f->altstack.ss_flags & SS_DISABLE)) {
		if (!on_stack(&f->altstack, sp))
			return on_stack(&f->altstack, here)
				       ? NULL
				       : (char *)f->altstack.ss_sp +
						 f->altstack.ss_size;
	}
	return on_carriers ? (void *)(sp - ARCH_RED_ZONE) : NULL;
}

static void frame_entered(int sig, void *info, void *context)
{
	deliver_due(green_self, sig, info, context);
}

/* f leaves the call that it is in, for a handler or for good: what io/ keeps for
 * the call lies on a stack that the program may abandon. */
static void leave_call(struct fiber *f)
{
	if (UNLIKELY(f->accepting != NULL) || UNLIKELY(f->holds != NULL))
		rt_hooks.io_interrupted(f);
}

static void run_handler(struct fiber *f, const struct action *a, int sig,
			siginfo_t *info, ucontext_t *uc)
{
	uint64_t before = f->sigmask, after;
	uint8_t ran = f->signals_ran;
	bool held = (atomic_fetch_and(&f->cancel, ~(uint32_t)CANCEL_HELD) &
		     CANCEL_HELD) != 0;
	bool under_mask = f->under_mask;
	struct fdent *accepting = f->accepting;

	leave_call(f);
	memcpy(&uc->uc_sigmask, &before, sizeof(before));
	uc->uc_stack = f->altstack;
	atomic_store(&f->sigmask,
		     before | a->mask | (a->flags & SA_NODEFER ? 0 : BIT(sig)));
	f->under_mask = false; /* for waits in the handler, or a jump out */
	signal_timer_taken(info);
	kernel_mask_held();
	((void (*)(int, siginfo_t *, void *))a->handler)(sig, info, uc);
	kernel_mask(KERNEL_ALL);
	if (held)
		atomic_fetch_or(&f->cancel, CANCEL_HELD);
	f->under_mask = under_mask;
	f->accepting = accepting;
	memcpy(&after, &uc->uc_sigmask, sizeof(after));
	atomic_store(&f->sigmask, after & ~UNBLOCKABLE);
	f->signals_ran = ran |
			 (a->flags & SA_RESTART ? RAN : RAN | RAN_NO_RESTART);
	queue_claim(f);
}

/* Dequeue the next signal that f may handle; its number, or 0. */
static int next_due(struct fiber *f, siginfo_t *info)
{
	uint64_t mask;
	int sig = 0;

	if (!signal_is_due(f))
		return 0;
	mask = signal_lock();
	if (queue_get_locked(f, ~f->sigmask & ~f->sigwait, info))
		sig = info->si_signo;
	signal_unlock(mask);
	return sig;
}

/* f may return from the handler on another carrier than the one that it was
 * interrupted on, and the kernel takes the mask and the signal stack from the
 * frame: put the present carrier's there. */
void signal_frame_home(struct fiber *f, ucontext_t *uc)
{
	struct carrier *c = f->carrier;
	uint64_t held = signals_held;

	memset(&uc->uc_stack, 0, sizeof(uc->uc_stack));
	uc->uc_stack.ss_sp = c->altstack ? c->altstack : NULL;
	uc->uc_stack.ss_flags = c->altstack ? 0 : SS_DISABLE;
	carrier_altstack_top(c, &uc->uc_stack.ss_size);
	memcpy(&uc->uc_sigmask, &held, sizeof(held));
}

/*
 * A handler forked, and returns in the child to the code that it interrupted.
 * That may be runtime code, which relies on the runtime: start it again.
 * False: the runtime cannot start, and the frame gets f's own mask for the
 * kernel to restore.
 */
static bool go_on_in_child(struct fiber *f, ucontext_t *uc)
{
	uint64_t mask = f->sigmask;
	bool there;

	kernel_mask(mask);
	there = rt_hooks.start() == 0;
	kernel_mask(KERNEL_ALL);
	if (there)
		return true;
	memcpy(&uc->uc_sigmask, &mask, sizeof(mask));
	uc->uc_stack.ss_flags = ~0; /* invalid: the kernel skips it */
	return false;
}

/*
 * Run handlers on f, which was interrupted at uc: first for sig, if not 0, then
 * for what is queued and not blocked.  All signals are blocked in the kernel.
 */
static void deliver_due(struct fiber *f, int sig, siginfo_t *info,
			ucontext_t *uc)
{
	int saved = errno;
	siginfo_t queued;

	for (;;) {
		struct action a;
		void *top;

		if (!sig) {
			info = &queued;
			sig = next_due(f, info);
		}
		if (!sig)
			break;
		if ((signals_caught & BIT(sig)) &&
		    (top = frame_place(f, signal_flags(sig), uc)) != NULL) {
			void *i = info, *u = uc, *sp;

			if (on_stack(&f->altstack, (uintptr_t)top - 1) &&
			    !signal_frame_fits(top, uc)) {
				info = &queued;
				sig = signal_without_frame(f, sig, info);
				continue;
			}
			sp = arch_frame_move(top, &i, &u);
			errno = saved;
			arch_frame_enter(sp, frame_entered, sig, i, u);
		}
		if (signal_take(sig, &a))
			run_handler(f, &a, sig, info, uc);
		else if (!(signals_ignored & BIT(sig)))
			signal_default_or_dump(sig);
		sig = 0;
	}
	if (UNLIKELY(signal_cancel_hook && cancel_is_due(f) &&
		     ((f->cancel & CANCEL_ASYNC) || leave_libc_wait(uc)))) {
		errno = saved;
		/* First of all, or the next signal that the open mask lets
		 * arrive would begin again, one frame deeper. */
		atomic_fetch_or(&f->cancel, CANCEL_DISABLED);
		f->under_mask = false;
		leave_call(f);
		kernel_mask_held();
		signal_cancel_hook();
	}
	if (UNLIKELY(!rt_started) && !go_on_in_child(f, uc))
		return;
	signal_frame_home(f, uc);
	errno = saved;
}

/* ---- the trampoline ---- */

enum place { IN_FIBER, IN_RUNTIME, IN_ALIEN, IN_CHILD, IN_VFORKED };

static enum place interrupted_place(struct fiber *f)
{
	struct carrier *c = f ? f->carrier : rt_carrier;
	int state;

	/* The parent's thread wakes up with rt_vforked still set. */
	if (UNLIKELY(rt_vforked) && raw_syscall(SYS_getpid) != rt.pid)
		return IN_VFORKED;
	if (in_new_child)
		return IN_CHILD;
	if (!c || c->tid != raw_syscall(SYS_gettid))
		return raw_syscall(SYS_getpid) != rt.pid ? IN_CHILD : IN_ALIEN;
	if (!f)
		return IN_RUNTIME;
	state = c->state;
	return state & CARRIER_OWN_CODE ? IN_FIBER : IN_RUNTIME;
}

/* Did the kernel, or libc itself, send sig to this very thread? */
static bool is_directed(int sig, const siginfo_t *info)
{
	if (info->si_code == SI_TKILL)
		return true;
	/* The kernel names this process as the sender of the signals for a
	 * broken pipe and for a file that is too large. */
	return (sig == SIGPIPE || sig == SIGXFSZ) && info->si_pid == rt.pid;
}

struct seen {
	uint64_t bit;
	bool main;
};

static void main_wants(struct fiber *f, void *arg)
{
	struct seen *s = arg;

	if (fiber_leads(f) && f->alive && !f->ended && !(f->sigmask & s->bit))
		s->main = true;
}

/* May f, which happens to run here, take a signal of the process? */
static bool is_ours_to_take(struct fiber *f, int sig)
{
	struct seen s = { BIT(sig), false };

	if (f->sigmask & BIT(sig))
		return false;
	if (signal_is_execing(f))
		return true;
	if (signal_waiters)
		return false;
	/* The default action concerns the whole process, so take it at once: a
	 * terminal that stops its caller would send a second signal in the
	 * meantime. */
	if (!(signals_caught & BIT(sig)))
		return true;
	/* CPU-time timers signal the thread that uses the CPU. */
	if (fiber_leads(f) || sig == SIGPROF || sig == SIGVTALRM)
		return true;
	fiber_each(main_wants, &s);
	return !s.main;
}

static void to_monitor(int sig, const siginfo_t *info)
{
	if (signal_to_exec(sig, info))
		return;
	signal_to_process(sig, info);
	monitor_kick();
}

void signal_to_one(struct fiber *target, int sig, const siginfo_t *info)
{
	signal_to_fiber(target, sig, info);
	atomic_store(&tell_wanted, true);
	monitor_kick();
}

static void on_alien(int sig, siginfo_t *info, ucontext_t *uc)
{
	struct action a;
	uint64_t before;

	memcpy(&before, &uc->uc_sigmask, sizeof(before));
	if (sig == SIG_KICK) {
		signal_libc_cancel(sig, info, uc);
		return;
	}
	if ((FAULT_BITS & BIT(sig)) && info->si_code > 0 &&
	    !(signals_caught & BIT(sig))) {
		signal_die_of_fault(sig, NULL, info);
	} else if (signal_take(sig, &a)) {
		signal_timer_taken(info);
		kernel_mask(before | a.mask |
			    (a.flags & SA_NODEFER ? 0 : BIT(sig)));
		((void (*)(int, siginfo_t *, void *))a.handler)(sig, info, uc);
	} else if (!(signals_ignored & BIT(sig))) {
		to_monitor(sig, info);
	}
}

/* The child of a vfork.  The trampoline runs there only for dispositions that
 * the child has not changed (action_of_child()): the parent's. */
static void on_vforked(int sig, siginfo_t *info, ucontext_t *uc)
{
	if (signals_caught & BIT(sig))
		on_alien(sig, info, uc);
	else if (!(signals_ignored & BIT(sig)))
		signal_default_of_child(sig);
}

/* Did tgkill() send the signal, or had the kernel no memory for its siginfo? */
static bool is_hollow(const siginfo_t *info)
{
	return info->si_code == SI_TKILL ||
	       (info->si_code == SI_USER && info->si_pid == 0);
}

static bool is_kick(const siginfo_t *info)
{
	return signal_is_kick(info) ||
	       (info->si_code == SI_USER && info->si_pid == 0 &&
		carrier_here() &&
		atomic_exchange(&carrier_here()->marked_kick, false));
}

/* Natively the kernel needs room for a frame on the stack where the program's
 * handler is to run; without room the fault is fatal. */
static bool has_room(struct fiber *f, ucontext_t *uc)
{
	uintptr_t sp = arch_context_sp(uc), low = (uintptr_t)f->stack_low;

	if ((signal_flags(SIGSEGV) & SA_ONSTACK) && f->altstack.ss_size &&
	    !(f->altstack.ss_flags & SS_DISABLE))
		return true;
	return !low || sp < low - (1 << 20) || sp > low + 8192;
}

/*
 * The fiber that owns the descriptor (F_SETOWN_EX) whose signal this is
 * (F_SETSIG); NULL: none, or the owner is not a thread.  Such an owner is
 * pinned to a carrier of its own, and the kernel signals that carrier.
 */
static struct fiber *owner_of(const struct carrier *c, int sig,
			      const siginfo_t *info)
{
	struct f_owner_ex owner;

	if (!c->pinned || info->si_code < POLL_IN || info->si_code > POLL_HUP ||
	    (BIT(sig) & (FAULT_BITS | BIT(SIGCHLD))) ||
	    raw_syscall(SYS_fcntl, info->si_fd, F_GETOWN_EX, &owner) < 0 ||
	    owner.type != F_OWNER_TID || owner.pid != c->tid)
		return NULL;
	return fiber_of_kernel(c->tid);
}

/* The one fiber that the signal is for, although the kernel sent it to the
 * process or does not say whom it is for; NULL: any fiber. */
static struct fiber *meant_for(int sig, const siginfo_t *info)
{
	struct fiber *target = signal_timer_fiber(info);

	return target ? target : owner_of(carrier_here(), sig, info);
}

static void on_fiber(struct fiber *f, int sig, siginfo_t *info, ucontext_t *uc)
{
	uint64_t bit = BIT(sig);
	struct fiber *target;

	if (sig == SIG_KICK || is_kick(info)) {
		sig = 0;
	} else if ((target = meant_for(sig, info)) != NULL) {
		if (target != f || (f->sigmask & bit)) {
			signal_to_one(target, sig, info);
			sig = 0;
		}
	} else if ((FAULT_BITS & bit) && info->si_code > 0) {
		if ((f->sigmask & bit) || !(signals_caught & bit) ||
		    (sig == SIGSEGV && !has_room(f, uc))) {
			signal_die_of_fault(sig, f, info);
			return;
		}
	} else if (is_directed(sig, info)) {
		/* abort() unblocks SIGABRT inside libc, unseen by us. */
		if ((f->sigmask & bit) && sig != SIGABRT) {
			signal_to_fiber(f, sig, info);
			sig = 0;
		}
	} else if (!is_ours_to_take(f, sig)) {
		to_monitor(sig, info);
		sig = 0;
	}
	deliver_due(f, sig, info, uc);
}

/* Block signals_held on this carrier from the interrupted code on.  What else
 * the carrier blocks, for a child that it makes, stays blocked. */
static void hold_here(ucontext_t *uc)
{
	uint64_t mask;

	memcpy(&mask, &uc->uc_sigmask, sizeof(mask));
	mask |= signals_held;
	memcpy(&uc->uc_sigmask, &mask, sizeof(mask));
}

void signal_trampoline(int sig, siginfo_t *info, void *context)
{
	struct fiber *f = green_self;
	ucontext_t *uc = context;
	int saved = errno;
	enum place at;

	/* user_copy() met a bad pointer. */
	if ((BIT(sig) & ONSTACK_BITS) && info->si_code > 0 &&
	    arch_copy_fault(context))
		return;
	at = interrupted_place(f);
	if (at == IN_FIBER || at == IN_RUNTIME) {
		if (is_hollow(info) && sig == SIGSEGV &&
		    atomic_exchange(&carrier_here()->bare_kick, false))
			sig = SIG_KICK;
		if (sig == SIG_KICK) {
			atomic_store(&carrier_here()->kicked, false);
			signal_return_held();
			hold_here(uc);
		}
	}
	if (at != IN_CHILD && at != IN_VFORKED && !signal_is_kick(info))
		signal_discard_opposite(sig);
	if (at == IN_VFORKED) {
		on_vforked(sig, info, uc);
	} else if (at != IN_CHILD && (signals_held & BIT(sig))) {
		/* The kernel is to keep sig: this thread did not block it yet. */
		hold_here(uc);
		/* A kick that is pending in the kernel would keep the kernel
		 * from queuing a real signal of that number. */
		if (!is_kick(info)) {
			signal_to_process(sig, info);
			signal_return_held();
			/* A fiber may have unblocked sig meanwhile. */
			if (process_queue.bits & BIT(sig) & ~signals_held)
				monitor_kick();
		}
	} else if (at == IN_FIBER) {
		on_fiber(f, sig, info, uc);
	} else if (at == IN_ALIEN) {
		on_alien(sig, info, uc);
	} else if (at == IN_CHILD) {
		atomic_fetch_or(&early, BIT(sig));
	} else if ((FAULT_BITS & BIT(sig)) && info->si_code > 0) {
		signal_die_of_fault(sig, f, info);
	} else if (sig == SIGABRT && is_directed(sig, info)) {
		/*
		 * libc's own handler of SIG_SETXID may call abort(): the
		 * process ends where the program's handler of SIGABRT returns.
		 */
		on_alien(sig, info, uc);
	} else if (sig != SIG_KICK && !is_kick(info)) {
		struct fiber *target = meant_for(sig, info);

		if (target)
			signal_to_one(target, sig, info);
		else
			to_monitor(sig, info);
	}
	errno = saved;
}

void signal_kick_self(void)
{
	carrier_kick(green_self->carrier);
}

void signal_deferred(struct fiber *f)
{
	if (signal_is_due(f))
		signal_kick_self();
}

bool signal_wait_interrupted(struct fiber *f, bool restartable)
{
	if (signal_is_due(f))
		signal_kick_self();
	if (cancel_is_due(f)) {
		/* Natively libc's handler would act on the request, whatever
		 * the thread waits for. */
		if (f->cancel & CANCEL_ASYNC) {
			leave_call(f);
			signal_cancel_hook();
		}
		return true;
	}
	return (f->signals_ran & RAN_NO_RESTART) ||
	       (f->signals_ran && !restartable);
}

void signal_child_begins(void)
{
	in_new_child = true;
	tell_wanted = false;
}

void signal_early_again(void)
{
	uint64_t bits;
	int sig;

	in_new_child = false;
	bits = atomic_exchange(&early, 0);
	for (EACH_SIGNAL(sig))
		if (bits & BIT(sig))
			raw_syscall(SYS_kill, rt.pid, sig);
}

static void tell_one(struct fiber *f, void *unused)
{
	(void)unused;
	if (f->alive && !f->ended && f->sigqueue.bits &&
	    ((f->sigqueue.bits & f->sigwait) || signal_is_due(f)))
		signal_notify(f, __builtin_ctzll(f->sigqueue.bits) + 1);
}

void signal_monitor(void)
{
	if (signal_dump_wanted())
		rt_hooks.dump(2);
	if (atomic_exchange(&tell_wanted, false))
		fiber_each(tell_one, NULL);
	if (atomic_load(&process_queue.bits))
		signal_route();
}
