/*
 * Sending signals, and what carriers, fork and exec have to do with them.
 */
#include <linux/membarrier.h>
#include <sys/mman.h>

#include "sigstate.h"

#define ALTSTACK_SIZE (64ul << 10)
#define GUARD	      4096ul

static struct carrier *carriers; /* under signal_lock */
static _Atomic int exec_tid;	 /* the kernel thread that calls exec */

/* ---- carriers ---- */

/* One past the highest byte; NULL: has none. */
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

/* On its own thread, before it runs any fiber; maybe twice. */
void signal_carrier_start(struct carrier *c)
{
	uint64_t mask;
	struct carrier *p;

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
	signal_unlock(KERNEL_ALL); /* blocked until the thread is gone */
	raw_syscall(SYS_sigaltstack, &off, 0);
	if (c->altstack)
		raw_syscall(SYS_munmap, (char *)c->altstack - GUARD,
			    GUARD + ALTSTACK_SIZE);
	c->altstack = NULL;
}

/* The trampoline's way out sets the kernel's mask anew. */
void signal_carriers_review(void)
{
	uint64_t mask = signal_lock();
	struct carrier *c;

	for (c = carriers; c; c = c->signal_next)
		carrier_poke(c);
	signal_unlock(mask);
	/* In time for the caller itself. */
	kernel_mask_held();
}

/*
 * Signals that are held go back to the kernel, where signalfds look for them.
 * Only the main kernel thread may send itself what others have sent.
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
			carrier_poke(c);
		return;
	}
	mask = signal_lock();
	kernel_mask(KERNEL_ALL);
	while (queue_get_locked(NULL, signals_held, &info))
		raw_syscall(SYS_rt_sigqueueinfo, rt.pid, info.si_signo, &info);
	signal_unlock(mask);
}

/* ---- sending ---- */

static void info_fill(siginfo_t *info, int sig, int code)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = code;
	info->si_pid = rt.pid;
	info->si_uid = (uid_t)raw_syscall(SYS_getuid);
}

int signal_send(struct fiber *f, int sig, const siginfo_t *info)
{
	uint64_t bit = BIT(sig);
	bool blocked = (f->sigmask & bit) != 0;
	bool waits = (f->sigwait & bit) != 0;

	if (f->ended)
		return 0;
	if (bit & (BIT(SIGKILL) | BIT(SIGSTOP)))
		return (int)raw_syscall(SYS_kill, rt.pid, sig);
	signal_discard_opposite(sig);
	if (!blocked && !waits) {
		if (signals_ignored & bit)
			return 0;
		if (!(signals_caught & bit)) {
			signal_default(sig);
			return 0;
		}
	}
	/* A signalfd of the fiber's shows what is pending in the kernel. */
	if (signals_held & bit)
		return (int)raw_syscall(SYS_rt_sigqueueinfo, rt.pid, sig, info);
	if (blocked && !waits && (signals_sig_ign & bit))
		signal_virtualise(bit);
	signal_to_fiber(f, sig, info);
	/* It may have unblocked it meanwhile, and not seen it: it changes the
	 * mask and then looks at the queue. */
	if (!(f->sigmask & bit) || (f->sigwait & bit))
		signal_notify(f, sig);
	return 0;
}

int signal_tgkill(int tgid, int tid, int sig)
{
	struct fiber *f = rt_started && (tgid == rt.pid || tgid == -1)
				  ? fiber_by_tid(tid)
				  : NULL;
	siginfo_t info;

	if (!f) {
		if (tgid == -1)
			return (int)raw_syscall(SYS_tkill, tid, sig);
		return (int)raw_syscall(SYS_tgkill, tgid, tid, sig);
	}
	if (sig < 0 || sig > SIGNALS)
		return -EINVAL;
	if (sig == 0 || (BIT(sig) & LIBC_BITS))
		return 0;
	info_fill(&info, sig, SI_TKILL);
	return signal_send(f, sig, &info);
}

/*
 * To a whole process.  Our own we serve ourselves, where the signal goes
 * through our queue anyway: it must have been handled before the call returns
 * when the caller is the one to handle it.  info NULL: kill().
 */
int signal_kill(pid_t pid, int sig, const siginfo_t *info)
{
	siginfo_t own;
	uint64_t bit;

	pid = fiber_process_of(pid);
	if (!rt_started || rt_vforked || pid != rt.pid || sig < 1 ||
	    sig > SIGNALS)
		goto kernel;
	bit = BIT(sig);
	if ((bit & (UNBLOCKABLE | signals_held)) ||
	    (!(signals_caught & bit) && !signal_is_virtual(bit)))
		goto kernel;
	if (!info) {
		info_fill(&own, sig, SI_USER);
		info = &own;
	}
	signal_discard_opposite(sig);
	signal_to_process(sig, info);
	signal_route();
	return 0;
kernel:
	if (info)
		return (int)raw_syscall(SYS_rt_sigqueueinfo, pid, sig, info);
	return (int)raw_syscall(SYS_kill, pid, sig);
}

/*
 * Interrupt what runs on c.  Real-time signals count against a limit that all
 * processes of a user share; beyond it a standard one must do, which always
 * arrives though without a word.  SIGSEGV is one that we always catch.
 */
void carrier_poke(struct carrier *c)
{
	if (raw_syscall(SYS_tgkill, rt.pid, c->tid, SIG_POKE) != -EAGAIN)
		return;
	atomic_store(&c->poked, true);
	raw_syscall(SYS_tgkill, rt.pid, c->tid, SIGSEGV);
}

static _Atomic bool cancels; /* some fiber has not heard of it yet */

void fiber_poke(struct fiber *f)
{
	if (f == green_self) {
		signal_poke_self();
		return;
	}
	if (fiber_interrupt(f))
		return;
	atomic_store(&cancels, true);
	signal_tick();
	monitor_kick();
}

static void cancel_again(struct fiber *f, void *any)
{
	struct carrier *c = f->carrier;

	if (!f->alive || f->ended || f->state == FIBER_PARKED ||
	    !cancel_is_due(f))
		return;
	*(bool *)any = true;
	if (c && (f->wait_kind == WAIT_HOP || (f->cancel & CANCEL_ASYNC)))
		carrier_poke(c);
}

/*
 * A fiber that is about to make a blocking call when its cancellation is
 * asked for would not hear of it: it is told again until it acts.
 */
bool signal_tick(void)
{
	bool any = false;

	if (LIKELY(!atomic_load(&cancels)))
		return false;
	atomic_store(&cancels, false);
	fiber_each(cancel_again, &any);
	if (any)
		atomic_store(&cancels, true);
	return any;
}

/* ---- fork ---- */

void fork_prepare(void)
{
	atomic_fetch_add(&rt_forking, 1);
}

void fork_parent(void)
{
	fdtab_forked();
	atomic_fetch_sub(&rt_forking, 1);
	if (green_self)
		green_self->carrier->parent = true;
}

void signal_barrier_start(void)
{
	raw_syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
		    0, 0);
}

static void unhook_carriers(void)
{
	carriers = NULL;
	exec_tid = 0;
	cancels = false;
	signal_timers_forget();
}

/*
 * Everything in the kernel becomes what the program believes it is, for a
 * process without fibers; f NULL: the forking thread was none.
 */
void signal_fork_child(struct fiber *f)
{
	uint64_t mask = kernel_mask(KERNEL_ALL);

	rt_forking = 0;
	signal_lock_reset();
	queue_reset();
	unhook_carriers();
	signal_table_stop();
	if (f) {
		memset(&f->sigqueue, 0, sizeof(f->sigqueue));
		f->sigwait = 0;
		mask = f->sigmask;
		/* No code runs on the carrier's: handlers are moved away. */
		raw_syscall(SYS_sigaltstack, &f->altstack, 0);
	}
	signals_held = 0;
	signal_early_again();
	kernel_mask(mask);
}

/* ---- exec and spawn ---- */

/* Hand pending signals to the kernel, which keeps them across exec. */
static void queue_to_kernel_locked(struct fiber *f, int tid)
{
	siginfo_t info;

	while (queue_get_locked(f, ~0ull, &info))
		raw_syscall(SYS_rt_tgsigqueueinfo, rt.pid, tid, info.si_signo,
			    &info);
}

/*
 * What comes in while a thread calls exec goes to that thread: our queues end
 * with the program.  The kernel lets nobody speak for another sender, so the
 * signal may seem to come from sigqueue().
 */
bool signal_to_exec(int sig, const siginfo_t *info)
{
	siginfo_t queued = *info;
	int tid = exec_tid;

	if (LIKELY(!tid))
		return false;
	queued.si_code = SI_QUEUE;
	return raw_syscall(SYS_rt_tgsigqueueinfo, rt.pid, tid, sig, &queued) ==
	       0;
}

bool signal_is_execing(struct fiber *f)
{
	return UNLIKELY(exec_tid) && exec_tid == f->carrier->tid;
}

/* What is pending and not blocked is handled at the unlock. */
void exec_prepare(void)
{
	struct fiber *f = green_self;
	int tid;

	if (!rt_started || !f || rt_vforked)
		return;
	signal_ignored_for_real(true);
	signal_lock();
	tid = (int)raw_syscall(SYS_gettid);
	exec_tid = tid;
	queue_to_kernel_locked(f, tid);
	queue_to_kernel_locked(NULL, tid);
	signal_unlock(f->sigmask);
}

void exec_failed(void)
{
	if (!rt_started || !green_self || rt_vforked)
		return;
	exec_tid = 0;
	kernel_mask_held();
	signal_ignored_for_real(false);
}

void mask_lend(void)
{
	kernel_mask(green_self->sigmask);
}

/* The kernel's mask is empty, and what is ignored may be caught all the same. */
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

void spawn_enter(void)
{
	struct fiber *f = rt_fiber();

	if (!f)
		return;
	hop_enter();
	/* Locks of libc's that are taken now are waited for in the kernel.  The
	 * hub is there still if no carrier was to be had. */
	f->spawning = true;
	f->carrier->parent = true;
	f->spawn_hub = sched_enter(f);
	signal_ignored_for_real(true);
	kernel_mask(f->sigmask);
}

void spawn_leave(void)
{
	struct fiber *f = green_self;

	if (!f || !f->spawning || rt_vforked)
		return;
	f->spawning = false;
	kernel_mask_held();
	signal_ignored_for_real(false);
	sched_leave(f, f->spawn_hub);
	hop_leave();
}

/*
 * The child uses the fiber's stack and TCB, while the fiber is inside the
 * scheduler on a carrier for itself: so the child, whose carrier that is too,
 * asks the kernel for everything, as outside of any fiber.
 */
uint64_t vfork_enter(void)
{
	uint64_t mask;

	spawn_enter();
	mask = kernel_mask(KERNEL_ALL);
	rt_vforked++;
	return mask;
}

void vfork_child(uint64_t mask)
{
	kernel_mask(mask);
}

void vfork_leave(bool made, uint64_t mask)
{
	if (made)
		fdtab_forked();
	rt_vforked--;
	kernel_mask(mask);
	if (!rt_vforked)
		spawn_leave();
}

/* The calling thread's, made before its fiber maybe. */
_Atomic uint32_t *fiber_cancel_word(struct fiber *f)
{
	if (!f)
		f = green_self;
	if (!f && !rt_started && !rt_is_alien())
		f = fiber_early();
	return f ? &f->cancel : NULL;
}

bool cancel_hold(void)
{
	struct fiber *f = rt_fiber();

	/* Asynchronous cancellation acts everywhere. */
	return f && !(f->cancel & CANCEL_ASYNC) &&
	       !(atomic_fetch_or(&f->cancel, CANCEL_HELD) & CANCEL_HELD);
}

void cancel_release(bool held)
{
	/* In the child of a fork it is still to become a fiber again. */
	struct fiber *f = green_self ? green_self : fiber_early();

	if (held)
		atomic_fetch_and(&f->cancel, ~(uint32_t)CANCEL_HELD);
}
