/* trap.h - system calls by the program's own instructions. */
#ifndef GREEN_TRAP_H
#define GREEN_TRAP_H

#include <signal.h>

#include "base/state.h"

/* Find out what to trap, before the runtime starts.  0; -ENOSYS: this libc's
 * code is not as expected; -EINVAL: the kernel has no Syscall User Dispatch. */
int trap_init(void);
/* Trap from now on, on the calling kernel thread, which is c's. */
void trap_carrier(struct carrier *c);
/* The kernel's handler of SIGSYS, entered with nothing blocked. */
void trap_entry(int sig, siginfo_t *info, void *context);

/*
 * The shim's part: make the call nr with the arguments a, and return its value
 * or -errno.  info and context (a ucontext_t) are those of the trap.
 */
extern long (*trap_hook)(void *info, void *context, long nr,
			 const long a[6]) HIDDEN;
/*
 * Continue in fn, which must not return, on a new stack, while a child has the
 * trapped fiber's stack.  fn gets copies of info and context, and goes back by
 * trap_return_aside() with the call's value.  Returns only if there is no
 * memory.
 */
void trap_aside(void *info, void *context,
		void (*fn)(int sig, void *info, void *context));
void trap_return_aside(void *info, void *context, long value)
	__attribute__((noreturn));

#endif
