/*
 * syscall_dispatch.h - calls by number, for syscall(2) and the raw door.
 *
 * A call by number means what the interposer of that name makes of it.  The
 * table is syscalls.def; its lines lead to interposers and, where the kernel's
 * arguments or results are not those of a libc function, to the handlers that
 * BY_NUMBER defines.
 */
#ifndef GREEN_SYSCALL_DISPATCH_H
#define GREEN_SYSCALL_DISPATCH_H

#include "descriptor.h"

/*
 * Make call nr with its six arguments.  True: *r is the result as libc's
 * functions return it, -1 and errno on failure.  False: the kernel is to make
 * the call as it is.
 */
typedef bool by_number(long nr, const long a[6], long *r);

by_number syscall_dispatch;

/* Define a handler; syscalls.def says for which numbers it is asked. */
#define BY_NUMBER(name)                                                        \
	by_number by_number_##name;                                            \
	bool by_number_##name(long nr __attribute__((unused)),                 \
			      const long a[6] __attribute__((unused)),         \
			      long *r)

/* Each fiber has its own tid, as a thread would: programs key their locks by
 * it.  Also in a signal handler, whatever it interrupted. */
static inline long own_tid(void)
{
	if (!green_self || UNLIKELY(rt_vforked))
		return raw_syscall(SYS_gettid);
	return fiber_tid(green_self);
}

/* What clone and its kin are asked for; UINT64_MAX: they will fail. */
uint64_t clone_flags(long nr, const long a[6]);

#endif
