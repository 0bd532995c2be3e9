/*
 * scope.h - enter the scheduler and take a lock, from wherever one is.
 *
 * A lock that a handler of the program may want must not be held where a
 * handler can run.  A fiber enters the scheduler; code that is inside it
 * already, or that runs in no fiber, only takes the lock.
 */
#ifndef GREEN_SCOPE_H
#define GREEN_SCOPE_H

#include "sched/park.h"

struct sched_scope {
	struct fiber *me; /* entered by this fiber; NULL: not entered */
	struct hub *hub;  /* what sched_enter() returned */
	bool blocked;	  /* signals are, in the kernel */
	uint64_t mask;	  /* and what was before */
};

void scope_block_signals(struct sched_scope *s);
void scope_unblock_signals(struct sched_scope *s);

/* Inlined, and by pointer: copying the struct costs more than the rest. */
static inline __attribute__((always_inline)) void scope_enter(
	struct sched_scope *s)
{
	s->hub = NULL;
	s->blocked = false;
	s->me = rt_fiber();
	if (LIKELY(s->me != NULL))
		s->hub = sched_enter(s->me);
}

/* The same; and an alien, or the one thread of a process without fibers, whom
 * no scheduler protects from its own handlers, blocks all signals. */
static inline __attribute__((always_inline)) void scope_enter_blocking(
	struct sched_scope *s)
{
	scope_enter(s);
	if (UNLIKELY(!s->me) && !green_self && !rt_carrier)
		scope_block_signals(s);
}

static inline __attribute__((always_inline)) void scope_leave(
	struct sched_scope *s)
{
	if (LIKELY(s->me != NULL))
		sched_leave(s->me, s->hub);
	else if (s->blocked)
		scope_unblock_signals(s);
}

static inline __attribute__((always_inline)) void scope_lock(
	struct sched_scope *s, struct spin *l)
{
	scope_enter(s);
	spin_lock(l);
}

static inline __attribute__((always_inline)) void scope_unlock(
	struct sched_scope *s, struct spin *l)
{
	spin_unlock(l);
	scope_leave(s);
}

#endif
