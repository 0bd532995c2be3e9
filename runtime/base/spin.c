/* The contended paths of a spin lock. */
#include <linux/futex.h>

#include "base/spin.h"

#define SPINS 100 /* attempts before a contender sleeps */

void spin_lock_slow(struct spin *l)
{
	int i;

	for (i = 0; i < SPINS; i++) {
		if (l->word == 0 && spin_trylock(l))
			return;
		arch_relax();
	}
	while (atomic_exchange_explicit(&l->word, 2, memory_order_acquire))
		raw_syscall(SYS_futex, &l->word, FUTEX_WAIT_PRIVATE, 2, 0);
}

void spin_unlock_slow(struct spin *l)
{
	raw_syscall(SYS_futex, &l->word, FUTEX_WAKE_PRIVATE, 1);
}
