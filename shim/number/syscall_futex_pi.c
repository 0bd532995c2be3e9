/*
 * Locks that inherit priority, for programs that bring their own: futex(2),
 * FUTEX_LOCK_PI.  The word holds the owner's tid, which the program writes
 * there itself if there is no contention; the kernel does not know a fiber's
 * tid.  So these calls wait in the table, without a priority to inherit, as
 * mutexes do.
 *
 * An unlock wakes one waiter, which marks the word as contended again before
 * anything else, whether it gets the lock or not: others may wait.
 */
#include <linux/futex.h>
#include <unistd.h>

#include "interpose.h"
#include "number/syscall_futex.h"

static uint32_t own_number(void)
{
	return (uint32_t)(green_self ? fiber_tid(green_self)
				     : raw_syscall(SYS_gettid));
}

static bool is_thread(uint32_t number)
{
	return fiber_by_tid((int)number) ||
	       raw_syscall(SYS_tgkill, getpid(), number, 0) == 0;
}

static bool swap(uint32_t *word, uint32_t old, uint32_t new)
{
	return __atomic_compare_exchange_n(word, &old, new, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

long futex_lock_pi(uint32_t *word, uint64_t deadline_ns, bool tries)
{
	uint32_t me = own_number(), waiters = 0;
	long r;

	for (;;) {
		uint32_t old = __atomic_load_n(word, __ATOMIC_SEQ_CST);
		uint32_t owner = old & FUTEX_TID_MASK;

		if (owner == me)
			return -EDEADLK;
		if (!owner) {
			if (swap(word, old, old | me | waiters))
				return 0;
			continue;
		}
		if (tries)
			return -EAGAIN;
		if (!(old & FUTEX_WAITERS) &&
		    !swap(word, old, old | FUTEX_WAITERS))
			continue;
		old |= FUTEX_WAITERS;
		if (!is_thread(owner)) {
			if (__atomic_load_n(word, __ATOMIC_SEQ_CST) == old)
				return -ESRCH;
			continue;
		}
		r = futex_wait_known(word, old, deadline_ns, ~0u);
		if (r == -ETIMEDOUT || r == -ENOTSUP)
			return r;
		waiters = FUTEX_WAITERS;
	}
}

long futex_unlock_pi(uint32_t *word)
{
	uint32_t old = __atomic_load_n(word, __ATOMIC_SEQ_CST);

	if ((old & FUTEX_TID_MASK) != own_number())
		return -EPERM;
	old = __atomic_exchange_n(word, 0, __ATOMIC_SEQ_CST);
	/* The kernel hands the lock to a waiter: let the waiter try before the
	 * caller can take the lock again. */
	if ((old & FUTEX_WAITERS) && green_futex_wake(word, 1, ~0u) > 0 &&
	    rt_fiber())
		green_yield();
	return 0;
}
