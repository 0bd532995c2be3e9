/*
 * pthread_spin.c - spin locks.
 *
 * libc's init, trylock and unlock are used as they are, with the encoding of
 * this CPU's libc; only the wait differs.  The owner may be a fiber that is
 * parked, or that is runnable on this very hub: a waiter that only spins would
 * keep the owner from running until the monitor intervenes.  So a waiter spins
 * a little, in case the owner runs on another hub, and then yields.
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
