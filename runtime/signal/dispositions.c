/*
 * Dispositions: what the program asked for each signal, and what the kernel is
 * told instead.  The program's dispositions stand in a table.  The kernel gets
 * the trampoline for the signals that the program catches, and for those that
 * some fiber blocks or waits for (`virtualised`): such a signal must stay
 * pending, whatever its disposition.
 */
#include <linux/membarrier.h>

#include "sched/monitor.h"
#include "signal/sigstate.h"

_Atomic uint64_t signals_caught, signals_ignored, signals_sig_ign;

static struct action actions[SIGNALS + 1];
static _Atomic uint64_t virtualised; /* caught by the runtime alone */
static _Atomic bool dump_wanted;
static struct action libc_cancel; /* libc's own handler of SIG_KICK */

static long kernel_action(int sig, const struct action *act, struct action *old)
{
	return raw_syscall(SYS_rt_sigaction, sig, act, old, 8);
}

static void on_dump(int sig)
{
	if (UNLIKELY(rt_vforked) && raw_syscall(SYS_getpid) != rt.pid) {
		signal_default_of_child(sig);
		return;
	}
	atomic_store(&dump_wanted, true);
	monitor_kick();
}

void signal_install_locked(int sig)
{
	const struct action *a = &actions[sig];
	struct action k = { NULL, SA_RESTORER, arch_sigreturn, KERNEL_ALL };
	uint64_t bit = BIT(sig);
	bool plain = a->handler == (void *)SIG_DFL ||
		     a->handler == (void *)SIG_IGN;

	ASSERT(signal_is_locked());
	if (plain && !(virtualised & bit)) {
		if (sig == rt_config.dump_signal &&
		    a->handler == (void *)SIG_DFL) {
			k.handler = (void *)on_dump;
			k.flags |= SA_RESTART;
		} else if (bit & ONSTACK_BITS) {
			plain = false; /* a stack overflow; user_copy() */
		} else {
			k.handler = a->handler;
		}
	} else {
		plain = false;
	}
	if (!plain) {
		k.handler = (void *)signal_trampoline;
		k.flags |= SA_SIGINFO | (a->flags & (SA_RESTART | SA_NOCLDSTOP |
						     SA_NOCLDWAIT));
		if (bit & ONSTACK_BITS)
			k.flags |= SA_ONSTACK;
		if (a->handler == (void *)SIG_DFL ||
		    a->handler == (void *)SIG_IGN)
			k.flags |= SA_RESTART;
		if (a->handler == (void *)SIG_IGN && sig == SIGCHLD)
			k.flags |= SA_NOCLDWAIT;
	}
	if (sig == SIGSYS && rt_config.raw) {
		/* Never blocked: the kernel kills a process that traps while
		 * SIGSYS is blocked. */
		k.handler = (void *)rt_hooks.raw_trap;
		k.flags |= SA_NODEFER;
		k.mask = 0;
	}
	kernel_action(sig, &k, NULL);
}

static void note_locked(int sig, const struct action *a)
{
	uint64_t bit = BIT(sig);

	ASSERT(signal_is_locked());
	actions[sig] = *a;
	atomic_fetch_and(&signals_caught, ~bit);
	atomic_fetch_and(&signals_ignored, ~bit);
	atomic_fetch_and(&signals_sig_ign, ~bit);
	if (a->handler == (void *)SIG_IGN)
		atomic_fetch_or(&signals_sig_ign, bit);
	if (a->handler == (void *)SIG_IGN ||
	    (a->handler == (void *)SIG_DFL && (bit & IGNORED_BY_DEFAULT)))
		atomic_fetch_or(&signals_ignored, bit);
	else if (a->handler != (void *)SIG_DFL)
		atomic_fetch_or(&signals_caught, bit);
}

static bool is_our_handler(const void *handler)
{
	return handler == (void *)signal_trampoline ||
	       handler == (void *)rt_hooks.raw_trap ||
	       handler == (void *)on_dump;
}

/* The child of a vfork has the kernel's copy of the dispositions.  Where that
 * copy is a handler of ours, the program's disposition is what the table says:
 * the parent's. */
static int action_of_child(int sig, const struct action *act,
			   struct action *old)
{
	struct action was;
	int r = (int)kernel_action(sig, act, &was);

	if (r == 0 && old)
		*old = is_our_handler(was.handler) ? actions[sig] : was;
	return r;
}

/*
 * A program that gives the kernel signal stacks by instructions of its own, as
 * Go does, must get its signals there: its threads run on stacks that may not
 * have room for the kernel's frame.  The runtime does not know of such a stack,
 * and a kernel thread does not belong to one of the program's threads.  A
 * program that uses signal stacks for faults alone (a sanitizer) can do without
 * them.
 */
bool signal_stack_past_us(void)
{
	struct action k;
	stack_t st;
	int sig;

	if (signal_stack_seen || raw_syscall(SYS_sigaltstack, NULL, &st) < 0 ||
	    (st.ss_flags & SS_DISABLE))
		return false;
	for (EACH_SIGNAL(sig))
		if (!(FAULT_BITS & BIT(sig)) &&
		    kernel_action(sig, NULL, &k) == 0 &&
		    k.handler != (void *)SIG_DFL &&
		    k.handler != (void *)SIG_IGN && (k.flags & SA_ONSTACK))
			return true;
	return false;
}

int signal_action(int sig, const struct action *act, struct action *old)
{
	uint64_t mask, bit;

	if (sig < 1 || sig > SIGNALS || (BIT(sig) & LIBC_BITS) ||
	    (act && (BIT(sig) & UNBLOCKABLE)))
		return -EINVAL;
	if (!rt_started)
		return (int)kernel_action(sig, act, old);
	if (UNLIKELY(rt_vforked))
		return action_of_child(sig, act, old);
	bit = BIT(sig);
	mask = signal_lock();
	if (old)
		*old = actions[sig];
	if (act) {
		struct action a = *act;

		a.mask &= ~UNBLOCKABLE;
		note_locked(sig, &a);
		if (sig == rt_config.dump_signal)
			rt_config.dump_signal = 0; /* now the program's */
		/* POSIX (XSH 2.4.3): ignoring a signal discards it where it is
		 * pending. */
		if (signals_ignored & bit)
			queue_drop_all_locked(bit);
		signal_install_locked(sig);
	}
	signal_unlock(mask);
	return 0;
}

void signal_virtualise(uint64_t bits)
{
	uint64_t mask;
	int sig;

	/* SIGCONT discards pending stop signals, so it must be seen. */
	if (bits & STOP_BITS)
		bits |= BIT(SIGCONT);
	bits &= ~(signals_caught | virtualised | UNBLOCKABLE);
	if (!bits)
		return;
	mask = signal_lock();
	atomic_fetch_or(&virtualised, bits);
	for (EACH_SIGNAL(sig))
		if (bits & BIT(sig))
			signal_install_locked(sig);
	signal_unlock(mask);
}

bool signal_is_virtual(uint64_t bit)
{
	return (virtualised & bit) != 0;
}

/* A child that libc makes, or the program that exec starts, inherits which
 * signals are ignored, but not the handlers by which the runtime catches some
 * of these: let the kernel ignore them meanwhile. */
void signal_ignored_for_real(bool on)
{
	struct action ign = { (void *)SIG_IGN, SA_RESTORER, arch_sigreturn, 0 };
	uint64_t bits = (virtualised | ONSTACK_BITS) & signals_sig_ign, mask;
	int sig;

	/* Other carriers may trap at any time. */
	if (rt_config.raw)
		bits &= ~BIT(SIGSYS);
	if (LIKELY(!bits))
		return;
	mask = signal_lock();
	for (EACH_SIGNAL(sig)) {
		if (!(bits & BIT(sig)))
			continue;
		if (on)
			kernel_action(sig, &ign, NULL);
		else
			signal_install_locked(sig);
	}
	signal_unlock(mask);
}

bool signal_take(int sig, struct action *out)
{
	uint64_t mask = signal_lock();
	bool caught = (signals_caught & BIT(sig)) != 0;

	*out = actions[sig];
	if (caught && (out->flags & SA_RESETHAND)) {
		struct action a = *out;

		a.handler = (void *)SIG_DFL;
		note_locked(sig, &a);
		signal_install_locked(sig);
	}
	signal_unlock(mask);
	return caught;
}

/*
 * The process goes on after a stop because of SIGCONT, which discards all that
 * would stop the process again: stop signals that are pending, and the one
 * here, if it waited for the lock meanwhile.
 */
void signal_default(int sig)
{
	static _Atomic unsigned stops;
	struct action dfl = { (void *)SIG_DFL, SA_RESTORER, arch_sigreturn, 0 };
	uint64_t mask, bit = BIT(sig);
	unsigned before = stops;

	if (bit & IGNORED_BY_DEFAULT)
		return;
	mask = signal_lock();
	if ((bit & STOP_BITS) && stops != before) {
		signal_unlock(mask);
		return;
	}
	kernel_action(sig, &dfl, NULL);
	raw_syscall(SYS_tgkill, rt.pid, raw_syscall(SYS_gettid), sig);
	kernel_mask(KERNEL_ALL & ~bit);
	kernel_mask(KERNEL_ALL);
	signal_install_locked(sig);
	if (bit & STOP_BITS) {
		stops++;
		queue_drop_all_locked(STOP_BITS);
	}
	signal_unlock(mask);
}

/* The dispositions in the kernel are the child's own.  The trampoline's return
 * unblocks the signal. */
void signal_default_of_child(int sig)
{
	struct action dfl = { (void *)SIG_DFL, SA_RESTORER, arch_sigreturn, 0 };

	if (BIT(sig) & IGNORED_BY_DEFAULT)
		return;
	kernel_action(sig, &dfl, NULL);
	raw_syscall(SYS_tgkill, raw_syscall(SYS_getpid),
		    raw_syscall(SYS_gettid), sig);
}

void signal_default_or_dump(int sig)
{
	if (sig == rt_config.dump_signal)
		on_dump(sig);
	else
		signal_default(sig);
}

unsigned long signal_flags(int sig)
{
	return actions[sig].flags;
}

bool signal_dump_wanted(void)
{
	return atomic_exchange(&dump_wanted, false);
}

/* ---- start ---- */

/*
 * libc installs a handler of its own when it first cancels a thread that is not
 * a fiber.  The trampoline passes the signal on to that handler on such a
 * thread: signal_libc_cancel().
 */
void signal_install_kick(void)
{
	struct action k = { (void *)signal_trampoline, SA_SIGINFO | SA_RESTORER,
			    arch_sigreturn, KERNEL_ALL };

	struct action old;

	if (kernel_action(SIG_KICK, &k, &old) == 0 &&
	    old.handler != (void *)SIG_DFL && old.handler != k.handler)
		libc_cancel = old;
}

void signal_libc_cancel(int sig, siginfo_t *info, void *context)
{
	void (*handler)(int, siginfo_t *, void *) =
		(void (*)(int, siginfo_t *, void *))libc_cancel.handler;

	if (handler)
		handler(sig, info, context);
}

/*
 * setuid() and its kin make every one of libc's threads issue the call, by a
 * signal, and keep asking until each thread has confirmed it in its TCB.  Those
 * threads are the carriers: the handler must find the TCB of the carrier that
 * it runs on.
 */
static struct action libc_setxid;

static void setxid_handler(int sig, siginfo_t *info, void *context)
{
	void (*handler)(int, siginfo_t *, void *) =
		(void (*)(int, siginfo_t *, void *))libc_setxid.handler;
	struct fiber *f = green_self;
	struct carrier *c = f ? f->carrier : rt_carrier;
	uintptr_t tls = arch_tls_base();
	uint64_t abort_bit = BIT(SIGABRT);

	/* Where the threads' results differ, libc calls abort(), which since
	 * glibc 2.41 leaves the mask as it is. */
	raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &abort_bit, NULL, 8);
	if (c)
		arch_set_tls_base(c->listed_tcb);
	handler(sig, info, context);
	arch_set_tls_base(tls);
}

void signal_install_setxid(void)
{
	struct action k = { (void *)setxid_handler,
			    SA_SIGINFO | SA_RESTORER | SA_RESTART,
			    arch_sigreturn, ~0ull };
	struct action old;

	/* libc installs its handler when it makes its first thread. */
	if (kernel_action(SIG_SETXID, NULL, &old) < 0 ||
	    old.handler == (void *)SIG_DFL || old.handler == k.handler)
		return;
	libc_setxid = old;
	kernel_action(SIG_SETXID, &k, NULL);
}

void signal_start(void)
{
	struct fiber *f = green_self;
	uint64_t mask;
	int sig;

	mask = signal_lock();
	if (rt_config.raw)
		atomic_fetch_or(&virtualised, BIT(SIGSYS));
	for (EACH_SIGNAL(sig)) {
		struct action a;

		if ((BIT(sig) & UNBLOCKABLE) ||
		    kernel_action(sig, NULL, &a) < 0)
			continue;
		note_locked(sig, &a);
		signal_install_locked(sig);
	}
	signal_install_kick();
	signal_unlock(mask);
	f->sigmask &= ~UNBLOCKABLE;
	signal_virtualise(f->sigmask & ~signals_sig_ign);
	signal_hold_early(f);
	raw_syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
		    0, 0);
	signal_carrier_start(f->carrier);
}

/* Does the kernel know the program's own disposition of sig? */
static bool is_plain(int sig)
{
	const struct action *a = &actions[sig];
	uint64_t special = virtualised | ONSTACK_BITS | signals_caught;

	if (sig == rt_config.dump_signal || (sig == SIGSYS && rt_config.raw))
		return false;
	return !(special & BIT(sig)) && !(a->flags & ~SA_RESTORER) && !a->mask;
}

void signal_table_stop(void)
{
	int sig;

	for (EACH_SIGNAL(sig))
		if (!(BIT(sig) & UNBLOCKABLE) && !is_plain(sig))
			kernel_action(sig, &actions[sig], NULL);
	virtualised = 0;
}
