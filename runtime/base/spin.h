/*
 * spin.h - a lock held for a few instructions, by carriers inside the
 * scheduler.
 *
 * A contender spins for a moment, then sleeps in the kernel.  The lock is
 * never held across a park: its holder goes on even after losing its hub.
 */
#ifndef GREEN_SPIN_H
#define GREEN_SPIN_H

#include "base/common.h"

struct spin {
	_Atomic int word; /* 0 free, 1 held, 2 held and a contender sleeps */
};
void spin_lock_slow(struct spin *l);
void spin_unlock_slow(struct spin *l);

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

/* In the child of a fork, where no holder is left. */
static inline void spin_reset(struct spin *l)
{
	memset(l, 0, sizeof(*l));
}

/* For assertions: held by some thread, which need not be the caller. */
static inline bool spin_is_held(const struct spin *l)
{
	return atomic_load_explicit(&l->word, memory_order_relaxed) != 0;
}

#endif
