/*
 * The runtime's start.
 *
 * A process without threads has no runtime: no hub, no monitor, and every call
 * goes to the kernel.  The first thread that the process spawns starts the
 * runtime.  The child of a fork is such a process again; its start adopts the
 * fiber that forked, on the stack and the TCB that the fiber has.
 *
 * The lower rooms learn here what to call above them: rt_hooks.
 */
#include <errno.h>

#include "base/hooks.h"
#include "base/log.h"
#include "debug/dump.h"
#include "fiber/layout.h"
#include "io/io.h"
#include "process/filters.h"
#include "process/process_cancel.h"
#include "process/start.h"
#include "process/trap.h"
#include "sched/carrier.h"
#include "sched/monitor.h"
#include "sched/pin.h"
#include "signal/sigstate.h"
#include "sync/futex.h"
#include "sync/robust.h"

static struct spin once;    /* held while the runtime starts */
static int failed;	    /* -errno of a start: no second try */
static const char *refused; /* what a filter refuses; NULL: nothing */
static bool pins_main;	    /* start_pins_main() was called */

/* ---- hooks ---- */

static void carrier_starts(struct carrier *c)
{
	signal_carrier_start(c);
	trap_carrier(c);
}

static void fiber_exits(struct fiber *f)
{
	robust_fiber_end(f);
	signal_fiber_end(f);
}

static void monitor_starts(void)
{
	log_on_monitor();
	robust_keep();
}

static void monitor_kicked(void)
{
	log_tick();
	signal_monitor();
}

static bool monitor_tick(void)
{
	return cancel_tick() | log_tick();
}

static void hook_up(void)
{
	rt_hooks = (struct rt_hooks){
		.left_scheduler = signal_deferred,
		.wait_interrupted = signal_wait_interrupted,
		.carrier_starts = carrier_starts,
		.carrier_idles = signal_carrier_unblock,
		.carrier_exits = signal_carrier_end,
		.fiber_exits = fiber_exits,
		.fiber_ended = futex_wake_joiners,
		.fd_event = fdtab_event,
		.monitor_starts = monitor_starts,
		.monitor_kicked = monitor_kicked,
		.monitor_tick = monitor_tick,
		.io_interrupted = io_interrupted,
		.raw_trap = trap_entry,
		.start = green_start,
	};
	debug_start();
}

/* ---- the start ---- */

static int count_hubs(void)
{
	int n = rt_config.hubs ? rt_config.hubs : rt_cpus();

	return n > HUBS_MAX ? HUBS_MAX : n;
}

/* Forget what rt_fork_child() left of the parent's runtime. */
static void forget_parent(void)
{
	int i;

	fdtab_close_ours();
	fiber_forget_others(fiber_forked());
	carrier_forget_all();
	robust_fork_child();
	for (i = 0; i < rt.nhubs; i++)
		memset(rt.hubs[i], 0, sizeof(*rt.hubs[i]));
}

static int make_hubs(void)
{
	int r;

	rt.nhubs = rt_config.hubs;
	io_select_start();
	r = fdtab_hide_begin();
	if (r < 0)
		return r;
	r = hub_init_all();
	fdtab_hide_end();
	return r;
}

/* The calling thread is a fiber on a carrier now, and handlers may run on it
 * from here on. */
static void go_green(void)
{
	signal_start();
	monitor_start();
	signal_install_setxid();
	trap_carrier(green_self->carrier);
	if (pins_main && pin_main() < 0)
		rt_say("the main thread's io_uring may fail: no kernel thread "
		       "for it (raise the limit: ulimit -u)");
}

static int start_runtime(void)
{
	int r;

	rt_config.hubs = count_hubs();
	arch_init();
	rt.pid = (pid_t)raw_syscall(SYS_getpid);
	hook_up();
	r = tcb_init();
	if (r == 0)
		r = fdtab_init();
	if (r == 0 && fiber_forked())
		forget_parent();
	if (r == 0)
		r = make_hubs();
	if (r == 0)
		r = carrier_start(fiber_forked());
	if (r == 0)
		go_green();
	return r;
}

static void say_why_not(int r)
{
	if (refused) {
		log_plainly();
		rt_say("green threads disabled%s: a seccomp filter refuses "
		       "%s; running natively (let the filter allow it, or "
		       "install it after the first thread)",
		       fiber_forked() ? " after fork" : "", refused);
		return;
	}
	rt_say("green threads disabled%s: %s; running natively (see "
	       "greenshim(7), LIMITATIONS)",
	       fiber_forked() ? " after fork" : "",
	       r == -ENOTSUP ? "the program calls sigaltstack by system call"
			     : strerror(-r));
}

static int start_once(void)
{
	int r;

	if (rt_config.disabled || rt_vforked)
		return -ECANCELED;
	/* Only the main thread starts the runtime: a thread that libc made
	 * earlier must not be taken for the main fiber. */
	if (raw_syscall(SYS_gettid) != raw_syscall(SYS_getpid))
		return -EPERM;
	spin_lock(&once);
	if (rt_started || failed) {
		spin_unlock(&once);
		return failed;
	}
	refused = filters_refuse();
	/* After a fork the signal stack is that of the carrier that forked. */
	if (refused)
		r = -EACCES;
	else if (!fiber_forked() && signal_stack_past_us())
		r = -ENOTSUP;
	else
		r = start_runtime();
	if (r < 0) {
		failed = r;
		say_why_not(r);
	} else {
		fiber_set_forked(NULL);
	}
	spin_unlock(&once);
	return r;
}

int green_start(void)
{
	int saved = errno, r;

	if (rt_started)
		return 0;
	r = start_once();
	errno = saved; /* libuv and the dynamic linker have changed it */
	return r;
}

void start_pins_main(void)
{
	pins_main = true;
}

void start_forget(void)
{
	pins_main = false; /* a ring is its maker's, and stays in the parent */
	spin_reset(&once);
	rt.has_monitor = rt.monitor_asleep = false;
	rt_started = false;
}

void start_forbid(void)
{
	failed = -EPERM;
}

/* ---- spawning ---- */

int green_spawn_masked(struct fiber **out, const struct green_attr *attr,
		       void *(*start)(void *), void *arg, const sigset_t *mask,
		       struct carrier *pin, uintptr_t *id)
{
	int r = rt_started ? 0 : green_start();

	return r < 0 ? r : fiber_spawn(out, attr, start, arg, mask, pin, id);
}

int green_spawn(struct fiber **out, const struct green_attr *attr,
		void *(*start)(void *), void *arg)
{
	uintptr_t id;

	return green_spawn_masked(out, attr, start, arg, NULL, NULL, &id);
}
