/* hop.h - the scheduler as the shim sees it: hops, and yields that a call
 * owes to others. */
#ifndef GREEN_HOP_H
#define GREEN_HOP_H

#include "base/state.h"

/*
 * Make a blocking call on another carrier: between these two the calling fiber
 * may block in the kernel, and nobody waits for it.  They do not nest.  Without
 * a fiber they do nothing.
 */
void hop_enter(void);
void hop_leave(void);

/* f has spent its budget, or spawned threads a while ago: yield. */
void budget_spent(struct fiber *f);

/*
 * Threads that the caller spawned a while ago may expect to have begun before
 * what it does next, which does not wait: see budget_spent().
 */
static inline void yield_to_spawned(void)
{
	struct fiber *f = green_self;

	if (UNLIKELY(f && ((struct fiber_head *)f)->budget < 0))
		budget_spent(f);
}

#endif
