/* timer.h - a hub's heap of timers; the nodes lie in struct fiber. */
#ifndef GREEN_TIMER_H
#define GREEN_TIMER_H

#include "base/state.h"

struct timer {
	uint64_t deadline_ns;
	struct timer *child, *sibling, *prev; /* pairing heap links */
	struct hub *_Atomic hub;	      /* heap it is in, NULL: none */
};

/* Wake t's fiber at the deadline (CLOCK_MONOTONIC). */
void timer_arm(struct hub *h, struct timer *t, uint64_t deadline_ns);
/* On return t is in no heap, and no waker has it in hand. */
void timer_cancel(struct timer *t);
/* Wake the fibers whose time has come; the next deadline, or GREEN_FOREVER. */
uint64_t timer_run(struct hub *h);

#endif
