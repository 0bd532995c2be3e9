/* process_exec.h - around exec, posix_spawn and vfork, on the calling
 * fiber. */
#ifndef GREEN_PROCESS_EXEC_H
#define GREEN_PROCESS_EXEC_H

#include "base/common.h"

/* Before execve(2): the kernel thread gets the fiber's signal mask, and the
 * kernel what is pending.  failed undoes that if the call returns. */
void exec_prepare(void);
void exec_failed(void);
/* Between these libc may make a child that inherits this kernel thread's mask,
 * and the fiber waits only in the kernel. */
void spawn_enter(void);
void spawn_leave(void);
/* The kernel keeps something for the calling kernel thread that the fiber may
 * outlive: the kernel thread does not exit before the process. */
void kernel_thread_stays(void);
/* Around vfork(2), with all signals blocked.  enter returns the mask before;
 * vfork_child() restores it in the child, vfork_leave() in the parent.
 * made: vfork did not fail. */
uint64_t vfork_enter(void);
void vfork_child(uint64_t mask);
void vfork_leave(bool made, uint64_t mask);

#endif
