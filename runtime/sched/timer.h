/* timer.h - a hub's heap of timers; the nodes lie in struct fiber. */
#ifndef GREEN_TIMER_H
#define GREEN_TIMER_H

#include "base/state.h"

/* A fiber's timer; guarded by the timer_lock of the hub it is armed on. */
struct timer {
	uint64_t deadline_ns; /* CLOCK_MONOTONIC */
	/* Links of the pairing heap; prev: the parent of a first child, the
	 * previous sibling of any other node. */
	struct timer *child, *sibling, *prev;
	struct hub *_Atomic hub; /* in this hub's heap; NULL: in none */
};

/* Wake t's fiber at deadline_ns (CLOCK_MONOTONIC nanoseconds), by h's owner.  t
 * is in no heap.  Inside the scheduler; if h is not the caller's, hub_wake(h)
 * must follow. */
void timer_arm(struct hub *h, struct timer *t, uint64_t deadline_ns);

/* Remove t from its heap, if it is in one.  On return no waker uses t any more.
 * Inside the scheduler. */
void timer_cancel(struct timer *t);

/* Wake the fibers whose deadlines have passed; returns the next deadline, or
 * GREEN_FOREVER.  The owner of h, in CARRIER_RT. */
uint64_t timer_run(struct hub *h);

#endif
