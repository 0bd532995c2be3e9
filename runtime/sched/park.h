/*
 * park.h - how a fiber leaves its stack and returns to it.
 *
 * sched_enter() and sched_leave() bracket all code that touches the scheduler's
 * structures.  "Inside the scheduler" means between the two: the monitor does
 * not take the hub, and the program's signal handlers are deferred.  Code there
 * must not wait for anything that a fiber holds, and so must not call malloc.
 */
#ifndef GREEN_PARK_H
#define GREEN_PARK_H

#include "base/assert.h"
#include "base/hooks.h"
#include "sched/carrier.h"
#include "sched/hop.h"
#include "sched/hub.h"

/*
 * A fiber is CPU-bound if it runs for long without parking.  fiber.cpu_weight
 * measures that: it grows when the monitor takes the hub while the fiber runs,
 * or when one run of the fiber extends across a tick of the monitor, and
 * shrinks a little with each short run.  When a CPU-bound fiber wakes, it gets
 * a carrier of its own at once; otherwise all fibers of its hub would wait for
 * it every time.  A long run on its own carrier is not an accident of where
 * ticks fall, so it raises the weight to the maximum, which outlasts many short
 * runs: a fiber that is CPU-bound under a contended lock parks a few times for
 * each of its turns.
 */
#define CPU_BOUND      4 /* a weight from which a fiber is CPU-bound */
#define CPU_GAIN       2 /* of weight with each long run */
#define CPU_WEIGHT_MAX 16
#define LONG_RUN_NS    5000000 /* on a carrier of its own */

/* For --stats: parks by fibers that had no hub, by enum wait_kind. */
extern _Atomic uint64_t lone_parks[WAIT_KINDS] HIDDEN;

/*
 * Enter the scheduler.  f must be the running fiber, in its own code.  Returns
 * its hub, which the monitor cannot take any more; NULL: f runs without a hub.
 */
static inline struct hub *sched_enter(struct fiber *f)
{
	struct carrier *c = f->carrier;
	int user = CARRIER_USER;

	ASSERT(f == green_self);
	ASSERT_OP(c->state & CARRIER_OWN_CODE, !=, 0);
	if (LIKELY(atomic_compare_exchange_strong_explicit(
		    &c->state, &user, CARRIER_RT, memory_order_acquire,
		    memory_order_relaxed)))
		return c->hub;
	ASSERT_OP(user, ==, CARRIER_TAKEN);
	atomic_store_explicit(&c->state, CARRIER_TAKEN_RT,
			      memory_order_relaxed);
	return NULL;
}

/* Leave the scheduler; h is what sched_enter() returned.  Deferred handlers run
 * here, and may jump away.  Hold no lock. */
static inline void sched_leave(struct fiber *f, struct hub *h)
{
	ASSERT(f == green_self);
	ASSERT_OP(f->carrier->state, ==, h ? CARRIER_RT : CARRIER_TAKEN_RT);
	atomic_store_explicit(&f->carrier->state,
			      h ? CARRIER_USER : CARRIER_TAKEN,
			      memory_order_release);
	if (UNLIKELY(atomic_load_explicit(&sched_deferred,
					  memory_order_relaxed)))
		rt_hooks.left_scheduler(f);
}

/* Before f, the running fiber, makes itself known to wakers.  Inside the
 * scheduler. */
static inline void park_prepare(struct fiber *f)
{
	ASSERT_OP(f->state & FIBER_STATE_MASK, ==, FIBER_RUNNING);
	atomic_store_explicit(&f->state, FIBER_PARKING, memory_order_relaxed);
}

/* f does not park after all: wakers' claims, past and future, are void. */
static inline void park_abandon(struct fiber *f)
{
	atomic_store(&f->state, FIBER_RUNNING);
}

/*
 * Leave the stack until a waker unparks f or deadline_ns passes.
 * f             the running fiber, after park_prepare()
 * h             what sched_enter() returned
 * kind, object  what f waits for, as the dump shows it: enum wait_kind
 * deadline_ns   CLOCK_MONOTONIC nanoseconds, or GREEN_FOREVER
 * Returns what the winning waker passed to unpark(); WAKE_TIMEOUT at the
 * deadline; WAKE_INTR after fiber_interrupt().  f is then still inside the
 * scheduler, maybe on another carrier: the caller removes f from its lists,
 * then calls park_leave().
 */
enum wake park(struct fiber *f, struct hub *h, enum wait_kind kind,
	       const void *object, uint64_t deadline_ns);

/* Leave the scheduler after park(), as sched_leave() does: the hub may be
 * another one than before. */
static inline void park_leave(struct fiber *f)
{
	struct carrier *c = f->carrier;

	/* The monitor does not clear c->hub when it takes the hub; trust the
	 * state, not the pointer. */
	sched_leave(f, c->state == CARRIER_RT ? c->hub : NULL);
}

/*
 * Claim f, which parks or is parked, and make it runnable; park() returns why
 * there.  True: the caller won.  False: another waker did, or f does not park.
 * Any thread, inside the scheduler or out, under the lock under which the
 * caller found f.
 */
bool unpark(struct fiber *f, enum wake why);

/* Queue f, which is new or claimed by the caller, to run: on the caller's hub,
 * on the hub where f last ran, or on a carrier of f's own.  Any thread. */
void ready(struct fiber *f);

/*
 * Interrupt f's wait, or, if f is not parked, the next wait that f begins:
 * park() returns WAKE_INTR.  True: f was parked, and runs.  Any thread, while f
 * cannot be recycled.
 */
bool fiber_interrupt(struct fiber *f);

/* See rt_hooks.wait_interrupted. */
static inline bool wait_interrupted(struct fiber *f, bool restartable)
{
	return rt_hooks.wait_interrupted(f, restartable);
}

/* Leave the carrier and stay runnable: f is the running fiber, inside the
 * scheduler, h what sched_enter() returned; `after` says where f is queued.
 * Returns outside the scheduler. */
void sched_yield_to(struct fiber *f, struct hub *h, enum after after);

/* Leave the carrier for ever: f is the running fiber, outside the scheduler. */
void sched_exit(struct fiber *f) __attribute__((noreturn));

/* Run f on c, from the carrier's own context, until f leaves c and no other
 * fiber follows. */
void sched_run(struct carrier *c, struct fiber *f);

/* Settle the fiber that c has switched from, as its `after` says.  Every
 * context calls this first after a switch. */
void park_finish_switch(struct carrier *c);

/* f has run for long: raise its cpu_weight.  Inside the scheduler, or on the
 * monitor, which has taken f's hub. */
void fiber_gain_weight(struct fiber *f);

/*
 * fiber.budget: the number of operations that f may still perform without
 * waiting before it must yield; renewed whenever f leaves its carrier.  Below
 * zero: f has spawned threads since, which should begin soon.
 */
#define IO_BUDGET 128

/* f, the running fiber, performs an operation that need not wait; yields if the
 * budget is spent.  Outside the scheduler. */
static inline void io_charge(struct fiber *f)
{
	if (UNLIKELY(--f->budget <= 0))
		budget_spent(f);
}

/* f, the running fiber, is about to spawn a thread: of many in a row, every
 * 16th yields.  Outside the scheduler. */
static inline void spawn_charge(struct fiber *f)
{
	if (f->budget < 0 && (--f->budget & 15) == 0)
		budget_spent(f);
}

/* f, the running fiber, has spawned a thread. */
static inline void spawn_done(struct fiber *f)
{
	if (f->budget < 0)
		return;
	f->budget = -1;
	f->spawned_ns = green_now();
}

#endif
