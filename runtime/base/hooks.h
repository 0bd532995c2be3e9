/*
 * hooks.h - calls that go up: what a lower floor has to say to a higher one.
 *
 * Calls between rooms point down.  Where a lower room must be answered by a
 * higher one (a signal that is due when a fiber leaves the scheduler, an event
 * for a descriptor) it calls through this table, which process/start.c fills
 * before the first fiber exists.  The rooms that fill it in are named; no
 * entry is NULL while there are fibers.
 */
#ifndef GREEN_HOOKS_H
#define GREEN_HOOKS_H

#include <signal.h>

#include "base/state.h"

struct rt_hooks {
	/* ---- called by the core (sched/, fiber/) ---- */

	/* f has left the scheduler while sched_deferred is not 0; f is in its
	 * own code again, and handlers may run, or jump away.  signal/ */
	void (*left_scheduler)(struct fiber *f);
	/* f's wait was interrupted: run the handlers that are due.  True: the
	 * call must fail with EINTR; false: it may go on waiting, for every
	 * handler had SA_RESTART and the call is restartable.  signal/ */
	bool (*wait_interrupted)(struct fiber *f, bool restartable);
	/* On a carrier's own kernel thread: before its first fiber; whenever
	 * it has none to run; before the thread exits.  signal/, process/ */
	void (*carrier_starts)(struct carrier *c);
	void (*carrier_idles)(void);
	void (*carrier_exits)(struct carrier *c);
	/* f, the caller, runs for the last time, but for its last switch; its
	 * destructors have run.  sync/, signal/ */
	void (*fiber_exits)(struct fiber *f);
	/* f is off its stack for good, and threads may wait for that; f->life
	 * is held.  sync/ */
	void (*fiber_ended)(struct fiber *f);
	/* An event of a hub's set; inside the scheduler.  io/ */
	void (*fd_event)(int fd, uint32_t generation, uint32_t events);

	/* ---- called on the monitor's thread, which must never block ---- */

	/* Before its first tick.  sync/ */
	void (*monitor_starts)(void);
	/* Whenever it was kicked.  signal/ */
	void (*monitor_kicked)(void);
	/* Before it falls asleep: true if it must not.  process/ */
	bool (*monitor_tick)(void);
	/* It falls asleep, as every hub has.  debug/ */
	void (*all_asleep)(void);

	/* ---- called by signal/ ---- */

	/* A handler is about to interrupt f in accept.  io/ */
	void (*accept_interrupted)(struct fiber *f);
	/* The kernel's handler of SIGSYS with the raw door open.  process/ */
	void (*raw_trap)(int sig, siginfo_t *info, void *context);
	/* The runtime is wanted in the child of a fork: 0 or -errno.
	 * process/ */
	int (*start)(void);
	/* Somebody asked for a dump: write one to fd.  debug/ */
	void (*dump)(int fd);
};
extern struct rt_hooks rt_hooks HIDDEN;

/* Signals queued for fibers, of the whole process: while there are any,
 * sched_leave() calls left_scheduler. */
extern _Atomic uint32_t sched_deferred HIDDEN;

#endif
