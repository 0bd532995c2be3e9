/*
 * hooks.h - upward calls, from a lower room to a higher one.
 *
 * Calls between rooms point down.  Where a lower room needs a higher one (to
 * deliver a signal as a fiber leaves the scheduler, to report an event on a
 * descriptor), it calls through this table.  process/start.c and debug/dump.c
 * fill the table before the first fiber exists; no entry is NULL while fibers
 * exist.  Each sentence ends with the room that provides the function.
 */
#ifndef GREEN_HOOKS_H
#define GREEN_HOOKS_H

#include <signal.h>

#include "base/state.h"

struct rt_hooks {
	/* ---- called by the core (sched/, fiber/) ---- */

	/* The running fiber f has left the scheduler while sched_deferred is
	 * not 0.  Handlers may run here, and may jump away.  (signal/) */
	void (*left_scheduler)(struct fiber *f);
	/* The wait of the running fiber f was interrupted: run the handlers
	 * that are due, outside the scheduler.  True: the call must fail with
	 * EINTR.  False: the call may continue to wait, since it is
	 * restartable and every handler had SA_RESTART.  (signal/) */
	bool (*wait_interrupted)(struct fiber *f, bool restartable);
	/* The kernel thread of carrier c begins, before its first fiber; runs
	 * on that thread, without a fiber.  (signal/, process/) */
	void (*carrier_starts)(struct carrier *c);
	/* The calling carrier has no fiber to run.  (signal/) */
	void (*carrier_idles)(void);
	/* The kernel thread of carrier c, the caller, is about to exit.
	 * (signal/) */
	void (*carrier_exits)(struct carrier *c);
	/* The running fiber f exits: its destructors have run, and only its
	 * last switch remains.  Outside the scheduler.  (sync/, signal/) */
	void (*fiber_exits)(struct fiber *f);
	/* f has left its stack for ever, and threads may wait for that.
	 * Inside the scheduler, on another context; f->life is held.
	 * (sync/) */
	void (*fiber_ended)(struct fiber *f);
	/* The hub's epoll set reports events (EPOLLIN...) on fd; generation is
	 * that of fd's entry at registration.  Inside the scheduler.  (io/) */
	void (*fd_event)(int fd, uint32_t generation, uint32_t events);

	/* ---- called on the monitor's thread, which must never block ---- */

	/* Before the first tick.  (sync/) */
	void (*monitor_starts)(void);
	/* At every tick and after every kick.  (signal/) */
	void (*monitor_kicked)(void);
	/* Before the monitor sleeps; true if it must tick on.  (process/) */
	bool (*monitor_tick)(void);
	/* Every hub is asleep, and the monitor is about to sleep.  (debug/) */
	void (*all_asleep)(void);

	/* ---- called by signal/ and base/ ---- */

	/* A handler is about to interrupt f in a call that holds files, or in
	 * accept(2).  (io/) */
	void (*io_interrupted)(struct fiber *f);
	/* The kernel's handler of SIGSYS with the raw door open, with the
	 * arguments of an SA_SIGINFO handler.  (process/) */
	void (*raw_trap)(int sig, siginfo_t *info, void *context);
	/* Start the runtime in the child of a fork, as green_start() does.
	 * (process/) */
	int (*start)(void);
	/* Write a dump of all fibers to fd.  (debug/) */
	void (*dump)(int fd);
};
extern struct rt_hooks rt_hooks HIDDEN;

/* Signals queued for all fibers of the process; while it is not 0,
 * sched_leave() calls left_scheduler. */
extern _Atomic uint32_t sched_deferred HIDDEN;

#endif
