/* process_exec.h - around exec, posix_spawn and vfork, on the calling
 * fiber. */
#ifndef GREEN_PROCESS_EXEC_H
#define GREEN_PROCESS_EXEC_H

#include "base/common.h"

/* The kernel's signal mask becomes the fiber's, and what is pending the
 * kernel's. */
void exec_prepare(void);
void exec_failed(void);
/* Between these libc may make a child that takes over this kernel thread's
 * mask; the fiber waits nowhere but in the kernel. */
void spawn_enter(void);
void spawn_leave(void);
/* Around a vfork, in the parent, with all signals blocked: enter returns the
 * mask before, which child gives back to the child and leave to the parent. */
uint64_t vfork_enter(void);
void vfork_child(uint64_t mask);
void vfork_leave(bool made, uint64_t mask);

#endif
