/*
 * The runtime's start, and what becomes of it in the child of a fork.
 *
 * A process without threads has no runtime: no hub, no monitor, every call goes
 * to the kernel.  The child of a fork is such a process again, whatever its
 * parent was, until it makes a thread: most children only call exec, and what
 * the kernel allows to processes of one thread alone it allows to them.  The
 * fiber that forked is then adopted anew, on the stack and the TCB that it has.
 * Until then rt_started is false and green_self NULL, as before the first
 * thread; `forked` remembers the fiber.
 */
#include "sigstate.h"

static struct spin once; /* over starting */
static int failed;	 /* why it could not: then never again */
static struct fiber *forked;

struct fiber *fiber_forked(void)
{
	return forked;
}

static int count_hubs(void)
{
	int n = rt_config.hubs ? rt_config.hubs : rt_cpus();

	return n > HUBS_MAX ? HUBS_MAX : n;
}

/* What rt_fork_child() has left. */
static void forget_parent(void)
{
	int i;

	fdtab_close_ours();
	fiber_forget_others(forked);
	carrier_forget_all();
	robust_fork_child();
	for (i = 0; i < rt.nhubs; i++)
		memset(rt.hubs[i], 0, sizeof(*rt.hubs[i]));
}

static int start(void)
{
	int r;

	rt_config.hubs = count_hubs();
	arch_init();
	rt.pid = (pid_t)raw_syscall(SYS_getpid);
	r = tcb_init();
	if (r == 0)
		r = fdtab_init();
	if (r == 0 && forked)
		forget_parent();
	if (r == 0)
		r = hub_init_all(rt_config.hubs);
	if (r == 0)
		r = carrier_start(forked);
	return r;
}

int green_start(void)
{
	int r;

	if (rt_started)
		return 0;
	if (rt_config.disabled || rt_vforked)
		return -ECANCELED;
	/* The main thread starts it; a thread that libc made earlier may not
	 * be taken for it. */
	if (raw_syscall(SYS_gettid) != raw_syscall(SYS_getpid))
		return -EPERM;
	spin_lock(&once);
	if (rt_started || failed) {
		spin_unlock(&once);
		return failed;
	}
	/* After a fork it is the stack of the carrier that forked. */
	r = !forked && signal_stack_past_us() ? -ENOTSUP : start();
	if (r < 0) {
		failed = r;
		rt_say("no green threads%s: %s; running natively",
		       forked ? " after fork" : "",
		       r == -ENOTSUP ? "it sets signal stacks past libc"
				     : strerror(-r));
	}
	if (r == 0)
		forked = NULL;
	spin_unlock(&once);
	return r;
}

/* As in a process that never had a thread but the calling one. */
static void stop(struct fiber *f)
{
	signal_child_begins();
	rt.pid = (pid_t)raw_syscall(SYS_getpid);
	stats_fork_child();
	futex_fork_child();
	if (f)
		fiber_fork_child(f);
	fdtab_fork_child();
	memset(&once, 0, sizeof(once));
	rt.has_monitor = rt.monitor_asleep = false;
	rt_started = false;
	green_self = NULL;
	forked = f;
	signal_fork_child(f);
}

void rt_fork_child(void)
{
	rt_vforked = 0;
	if (rt_started) {
		stop(green_self);
		/* A thread that is none of ours cannot become one. */
		if (!forked)
			failed = -EPERM;
	} else if (forked) {
		rt.pid = (pid_t)raw_syscall(SYS_getpid);
		forked->tid = rt_tid();
	}
}
