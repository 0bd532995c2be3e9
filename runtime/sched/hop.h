/* hop.h - the scheduler as the shim sees it: hops, and the yields that are due
 * before a call. */
#ifndef GREEN_HOP_H
#define GREEN_HOP_H

#include "base/state.h"

/*
 * Make a blocking call on another carrier.  Between these two the calling
 * fiber runs without a hub and may block in the kernel; no other fiber waits
 * for it.  Hops do not nest.  Outside fibers both do nothing.  Outside the
 * scheduler; both may run signal handlers.
 */
void hop_enter(void);
void hop_leave(void);

/*
 * Yield if f, the running fiber, has spent its budget of operations, or
 * spawned a thread more than 50 microseconds ago.  Outside the scheduler.
 */
void budget_spent(struct fiber *f);

/*
 * Call this before an operation that does not wait and that other threads can
 * see.  Natively, threads that the caller spawned a while ago would have begun
 * by now, and programs rely on it: see budget_spent().  Outside the scheduler.
 */
static inline void yield_to_spawned(void)
{
	struct fiber *f = green_self;

	if (UNLIKELY(f && ((struct fiber_head *)f)->budget < 0))
		budget_spent(f);
}

#endif
