/* syscall_futex.h - locks with priority inheritance, for syscall_futex.c. */
#ifndef GREEN_SYSCALL_FUTEX_H
#define GREEN_SYSCALL_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

/* For private words alone.  -ENOTSUP: the kernel is to do it. */
long futex_lock_pi(uint32_t *word, uint64_t deadline_ns, bool tries);
long futex_unlock_pi(uint32_t *word);

#endif
