/* syscall_futex.h - locks with priority inheritance, for syscall_futex.c. */
#ifndef GREEN_SYSCALL_FUTEX_H
#define GREEN_SYSCALL_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * FUTEX_LOCK_PI (tries: FUTEX_TRYLOCK_PI) and FUTEX_UNLOCK_PI of futex(2), on a
 * word that is not shared with other processes.  deadline_ns is absolute, on
 * the runtime's clock.  Returns 0; -EDEADLK: the caller owns the lock; -EAGAIN:
 * tries, and it is taken; -ETIMEDOUT; -ESRCH: the owner does not exist; -EPERM:
 * unlock, and the caller is not the owner; -ENOTSUP: the kernel must do it.
 */
long futex_lock_pi(uint32_t *word, uint64_t deadline_ns, bool tries);
long futex_unlock_pi(uint32_t *word);

#endif
