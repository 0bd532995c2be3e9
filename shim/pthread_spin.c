/*
 * Spin locks.
 *
 * libc's own init, trylock and unlock do all there is to do, in whatever
 * encoding this CPU's libc uses; only waiting is different.  The owner may be
 * a fiber that is parked, or runnable on this very hub: a waiter that only
 * spins would keep it from running until the monitor came by.  So it spins a
 * little, in case the owner runs on another hub, and then yields.
 */
#include "objects.h"

enum { SPINS_BEFORE_YIELD = 50 };

static __attribute__((noinline)) int spin_slowly(pthread_spinlock_t *lock)
{
	int i, spins = several_hubs() ? SPINS_BEFORE_YIELD : 1;

	for (;;) {
		for (i = 0; i < spins; i++) {
			int r = pthread_spin_trylock(lock);

			if (r != EBUSY)
				return r;
			arch_relax();
		}
		green_yield();
	}
}

INTERPOSE(int, pthread_spin_lock, (pthread_spinlock_t * lock))
{
	int r = pthread_spin_trylock(lock);

	return LIKELY(r != EBUSY) ? r : spin_slowly(lock);
}
