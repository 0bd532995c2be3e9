/* Sending signals: to a fiber, to the process, to a thread that calls exec. */
#include "fiber/registry.h"
#include "signal/sigstate.h"

static _Atomic int exec_tid; /* the kernel thread that calls exec */

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
	/* A signalfd shows what is pending in the kernel. */
	if (signals_held & bit)
		return (int)raw_syscall(SYS_rt_sigqueueinfo, rt.pid, sig, info);
	if (signal_queue_refuses(sig, info))
		return -EAGAIN;
	if (blocked && !waits && (signals_sig_ign & bit))
		signal_virtualise(bit);
	signal_to_fiber(f, sig, info);
	/* f may have unblocked sig meanwhile without seeing it there: f changes
	 * its mask and then looks at its queue. */
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
 * A signal to this process that would go through our queue anyway is served
 * here: it must have been handled before the call returns when the caller is
 * the thread to handle it (kill(2)).
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
	if (signal_queue_refuses(sig, info))
		return -EAGAIN;
	signal_discard_opposite(sig);
	signal_to_process(sig, info);
	signal_route();
	return 0;
kernel:
	if (info)
		return (int)raw_syscall(SYS_rt_sigqueueinfo, pid, sig, info);
	return (int)raw_syscall(SYS_kill, pid, sig);
}

/* ---- exec ---- */

/* Give pending signals to the kernel, which keeps them across exec.  f NULL:
 * the process's. */
static void queue_to_kernel_locked(struct fiber *f, int tid)
{
	siginfo_t info;

	ASSERT(signal_is_locked());
	while (queue_get_locked(f, ~0ull, &info))
		raw_syscall(SYS_rt_tgsigqueueinfo, rt.pid, tid, info.si_signo,
			    &info);
}

/*
 * The runtime's queues end with the program, so the signal goes to the kernel
 * thread.  The kernel lets nobody forge a siginfo of kill(), so the signal may
 * seem to come from sigqueue().
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

/* The unlock delivers the pending signals that f does not block. */
void signal_exec_begins(struct fiber *f)
{
	int tid = (int)raw_syscall(SYS_gettid);

	signal_lock();
	exec_tid = tid;
	queue_to_kernel_locked(f, tid);
	queue_to_kernel_locked(NULL, tid);
	signal_unlock(f->sigmask);
}

void signal_exec_failed(void)
{
	exec_tid = 0;
}
