/*
 * syscall_dispatch.h - calls by number, for syscall(2) and the raw door.
 *
 * A call by number does what the interposer of that name does.  The table is
 * syscalls.def; its lines lead to interposers or, where the kernel's arguments
 * or results are not those of a libc function, to handlers that BY_NUMBER
 * defines.
 */
#ifndef GREEN_SYSCALL_DISPATCH_H
#define GREEN_SYSCALL_DISPATCH_H

#include "descriptor.h"

/*
 * Make the call nr with its six arguments.  True: *r is the result as libc's
 * functions return it, -1 with errno on failure.  False: the kernel must make
 * the call unchanged.
 */
typedef bool by_number(long nr, const long a[6], long *r);

by_number syscall_dispatch;

/* Define a handler; syscalls.def says which numbers it serves. */
#define BY_NUMBER(name)                                                        \
	by_number by_number_##name;                                            \
	bool by_number_##name(long nr __attribute__((unused)),                 \
			      const long a[6] __attribute__((unused)),         \
			      long *r)

/* gettid(2): each fiber has its own tid, because programs key their locks by
 * it.  Also in a signal handler, whatever the handler interrupted. */
static inline long own_tid(void)
{
	if (!green_self || UNLIKELY(rt_vforked))
		return raw_syscall(SYS_gettid);
	return fiber_tid(green_self);
}

/* The CLONE_ flags of fork, vfork, clone or clone3; UINT64_MAX: the call will
 * fail. */
uint64_t clone_flags(long nr, const long a[6]);

#endif
