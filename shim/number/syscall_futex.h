/* syscall_futex.h - syscall(SYS_futex, ...), for syscall.c. */
#ifndef GREEN_SYSCALL_FUTEX_H
#define GREEN_SYSCALL_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

/* futex(2) with its six arguments as syscall() got them; -errno on failure. */
long syscall_futex(const long arg[6]);

/* Private ones; -ENOTSUP: the kernel is to do it. */
long futex_lock_pi(uint32_t *word, uint64_t deadline_ns, bool tries);
long futex_unlock_pi(uint32_t *word);

#endif
