/* trap.h - system calls by the program's own instructions. */
#ifndef GREEN_TRAP_H
#define GREEN_TRAP_H

#include <signal.h>

#include "base/state.h"

/* Find out what to trap; at start.  0; -ENOSYS: not with this libc; -EINVAL:
 * not with this kernel. */
int trap_init(void);
/* From now on, on the calling kernel thread, which is c's. */
void trap_carrier(struct carrier *c);
/* The kernel's handler of SIGSYS. */
void trap_entry(int sig, siginfo_t *info, void *context);

/*
 * The shim's part: make the call nr of these arguments, which was trapped at
 * context (a ucontext_t), and return its value or -errno.
 */
extern long (*trap_hook)(void *info, void *context, long nr,
			 const long a[6]) HIDDEN;
/*
 * Go on in fn, which must not return, on a stack of its own, while the
 * trapped fiber's own belongs to a child.  Copies of info and context come
 * along.  Back with trap_return_aside(), with the call's value.  Returns only
 * where there is no memory.
 */
void trap_aside(void *info, void *context,
		void (*fn)(int sig, void *info, void *context));
void trap_return_aside(void *info, void *context, long value)
	__attribute__((noreturn));

#endif
