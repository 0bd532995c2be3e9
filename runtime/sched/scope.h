/*
 * scope.h - enter the scheduler and take a lock, from any context.
 *
 * A lock that a signal handler of the program may want must not be held where a
 * handler can run.  So a fiber enters the scheduler before it takes the lock;
 * code that is inside the scheduler already, or outside fibers, only takes the
 * lock.
 */
#ifndef GREEN_SCOPE_H
#define GREEN_SCOPE_H

#include "sched/park.h"

/* One stay in the scheduler, on the caller's stack. */
struct sched_scope {
	struct fiber *me; /* the fiber that entered; NULL: none did */
	struct hub *hub;  /* what sched_enter() returned */
	bool blocked;	  /* all signals are blocked in the kernel */
	uint64_t mask;	  /* if so, the signal mask before */
};

/* Block all signals of the calling kernel thread; restore its mask.  For
 * scope_enter_blocking() and scope_leave() only. */
void scope_block_signals(struct sched_scope *s);
void scope_unblock_signals(struct sched_scope *s);

/* Enter the scheduler, if the caller is a fiber outside it.  Inlined, with s by
 * pointer: copying the struct would cost more than all the rest. */
static inline __attribute__((always_inline)) void scope_enter(
	struct sched_scope *s)
{
	s->hub = NULL;
	s->blocked = false;
	s->me = rt_fiber();
	if (LIKELY(s->me != NULL))
		s->hub = sched_enter(s->me);
}

/* The same.  An alien, or the only thread of a process without fibers, is not
 * protected from its own handlers by the scheduler: it blocks all signals. */
static inline __attribute__((always_inline)) void scope_enter_blocking(
	struct sched_scope *s)
{
	scope_enter(s);
	if (UNLIKELY(!s->me) && !green_self && !rt_carrier)
		scope_block_signals(s);
}

/* Undo either of the two.  Deferred handlers run here, and may jump away. */
static inline __attribute__((always_inline)) void scope_leave(
	struct sched_scope *s)
{
	if (LIKELY(s->me != NULL))
		sched_leave(s->me, s->hub);
	else if (s->blocked)
		scope_unblock_signals(s);
}

/* Enter the scheduler, then take l; release l, then leave. */
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
