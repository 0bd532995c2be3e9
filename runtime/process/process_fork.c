/*
 * fork: the child is a process without fibers until it spawns a thread.
 *
 * Most children only call exec, and what the kernel allows only to processes
 * with one thread is allowed to them.  Until the runtime starts again (start.c)
 * rt_started is false and green_self is NULL, as before the first thread;
 * fiber_forked() returns the fiber that forked.
 */
#include "base/log.h"
#include "fiber/layout.h"
#include "io/descriptors.h"
#include "process/process_cancel.h"
#include "process/process_fork.h"
#include "process/start.h"
#include "process/stranger.h"
#include "sched/park.h"
#include "signal/sigstate.h"
#include "sync/futex.h"

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

static void reset_counters(void)
{
	int i;

	for (i = 0; i < WAIT_KINDS; i++)
		lone_parks[i] = 0;
	rt.handoffs = rt.carriers_made = rt.traps = 0;
	rt.peak_fibers = rt.peak_carriers = 1;
}

/* Return to the state of a process that never had another thread. */
static void fork_stop(struct fiber *f)
{
	signal_child_begins();
	rt.pid = (pid_t)raw_syscall(SYS_getpid);
	reset_counters();
	futex_fork_child();
	strangers_fork_child();
	log_fork_child();
	if (f)
		fiber_fork_child(f);
	fdtab_fork_child();
	start_forget();
	green_self = NULL;
	fiber_set_forked(f);
	cancel_fork_child();
	rt_forking = 0;
	signal_fork_child(f);
}

void rt_fork_child(void)
{
	rt_vforked = 0;
	if (rt_started) {
		fork_stop(green_self);
		if (!fiber_forked())
			start_forbid();
	} else if (fiber_forked()) {
		rt.pid = (pid_t)raw_syscall(SYS_getpid);
		fiber_forked()->tid = rt_tid();
	}
}
