/*
 * park.h - how a fiber gives its stack up and gets it back.
 *
 * sched_enter() and sched_leave() bracket everything that touches the
 * scheduler's structures: in between, the monitor leaves the hub alone and
 * handlers of the program are deferred.
 */
#ifndef GREEN_PARK_H
#define GREEN_PARK_H

#include "base/assert.h"
#include "base/hooks.h"
#include "sched/carrier.h"
#include "sched/hop.h"
#include "sched/hub.h"

/*
 * A fiber that computes for long at a time is heavy.  Its weight grows when the
 * hub is taken from under it, or when a tick of the monitor's finds it running
 * at the same time as when it began; each short run takes a little off.  When
 * a heavy one wakes, it gets a carrier of its own at once: else all fibers of
 * its hub would wait for it every time.  A long run there is no accident of
 * where ticks fall, and outweighs many short ones: one that computes under a
 * lock that others want parks a few times for each of its turns.
 */
#define CPU_BOUND      4
#define CPU_GAIN       2
#define CPU_WEIGHT_MAX 16
#define LONG_RUN_NS    5000000

/* Parks by fibers without a hub. */
extern _Atomic uint64_t lone_parks[WAIT_KINDS] HIDDEN;

/*
 * Enter the scheduler.  f must be the running fiber, in its own code.  Its hub,
 * now protected from the monitor; NULL: f runs detached from any hub.
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

/* Leave it, h as sched_enter() returned it.  Handlers that were deferred run
 * now, and may jump away. */
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

/* f, the running fiber, is about to tell wakers of itself. */
static inline void park_prepare(struct fiber *f)
{
	ASSERT_OP(f->state & FIBER_STATE_MASK, ==, FIBER_RUNNING);
	atomic_store_explicit(&f->state, FIBER_PARKING, memory_order_relaxed);
}

/* f does not park after all: claims from here on are void. */
static inline void park_abandon(struct fiber *f)
{
	atomic_store(&f->state, FIBER_RUNNING);
}

/*
 * Give the stack up until a waker unparks f or the deadline passes.
 * f       the running fiber, after park_prepare()
 * h       as returned by sched_enter()
 * kind, object   what for, for the dump
 * On return f is still inside the scheduler, maybe on another carrier: the
 * caller takes it off its lists, then calls park_leave().
 */
enum wake park(struct fiber *f, struct hub *h, enum wait_kind kind,
	       const void *object, uint64_t deadline_ns);

/* Leave the scheduler after a park: runs handlers, which may jump away. */
static inline void park_leave(struct fiber *f)
{
	struct carrier *c = f->carrier;

	/* The monitor does not clear c->hub when it takes the hub; trust the
	 * state, not the pointer. */
	sched_leave(f, c->state == CARRIER_RT ? c->hub : NULL);
}

/* The first waker wins: true if it was this one.  Called under the lock under
 * which the waker found f. */
bool unpark(struct fiber *f, enum wake why);
/* Make f runnable; its state is settled. */
void ready(struct fiber *f);
/* Interrupt f's wait, or its next interruptible one, which returns -EINTR.
 * False: it was not parked, and will see when it next means to. */
bool fiber_interrupt(struct fiber *f);
/* See rt_hooks.wait_interrupted. */
static inline bool wait_interrupted(struct fiber *f, bool restartable)
{
	return rt_hooks.wait_interrupted(f, restartable);
}

/* Leave the CPU, as `after` says, and come back outside the scheduler. */
void sched_yield_to(struct fiber *f, struct hub *h, enum after after);
void sched_exit(struct fiber *f) __attribute__((noreturn));
/* Mount f on c (in CARRIER_RT if it owns a hub) from the carrier's context. */
void sched_run(struct carrier *c, struct fiber *f);
/* First thing in every context after a switch: settle the fiber left. */
void park_finish_switch(struct carrier *c);
void fiber_gain_weight(struct fiber *f);

/*
 * Operations that need not wait take from the budget that f has until it is
 * next off its carrier.  Below zero: it has spawned threads since.
 */
#define IO_BUDGET 128
static inline void io_charge(struct fiber *f)
{
	if (UNLIKELY(--f->budget <= 0))
		budget_spent(f);
}

/* f is about to spawn a thread, and has spawned one. */
static inline void spawn_charge(struct fiber *f)
{
	if (f->budget < 0 && (--f->budget & 15) == 0)
		budget_spent(f);
}

static inline void spawn_done(struct fiber *f)
{
	if (f->budget < 0)
		return;
	f->budget = -1;
	f->spawned_ns = green_now();
}

#endif
