/*
 * spin.h - a lock that is held for a few instructions.
 *
 * A contender spins for a moment, then sleeps in the kernel.  The lock is
 * never held across a park: the holder keeps running on its kernel thread even
 * if the monitor takes the hub.  A lock that a signal handler may want is taken
 * inside the scheduler only (sched/scope.h), where no handler runs.
 */
#ifndef GREEN_SPIN_H
#define GREEN_SPIN_H

#include "base/common.h"

struct spin {
	/* 0 free; 1 held; 2 held, and a contender may sleep on the word */
	_Atomic int word;
};

/* The contended paths of spin_lock() and spin_unlock(): sleep until the lock
 * is free; wake one sleeper. */
void spin_lock_slow(struct spin *l);
void spin_unlock_slow(struct spin *l);

/* Take l if it is free; true if it was. */
static inline bool spin_trylock(struct spin *l)
{
	int zero = 0;

	return atomic_compare_exchange_strong_explicit(&l->word, &zero, 1,
						       memory_order_acquire,
						       memory_order_relaxed);
}

static inline void spin_lock(struct spin *l)
{
	if (!spin_trylock(l))
		spin_lock_slow(l);
}

static inline void spin_unlock(struct spin *l)
{
	if (atomic_exchange_explicit(&l->word, 0, memory_order_release) == 2)
		spin_unlock_slow(l);
}

/* Free l in the child of a fork, where its holder does not exist. */
static inline void spin_reset(struct spin *l)
{
	memset(l, 0, sizeof(*l));
}

/* For assertions: some thread, not necessarily the caller, holds l. */
static inline bool spin_is_held(const struct spin *l)
{
	return atomic_load_explicit(&l->word, memory_order_relaxed) != 0;
}

#endif
