/*
 * syscall_uring.c - io_uring(7) by number; libc has no functions for it.
 *
 * The kernel ties some rings to the kernel thread that made or enabled them
 * (IORING_SETUP_SINGLE_ISSUER), keeps numbers of registered rings for one kernel
 * thread, and cancels the requests of a kernel thread that exits.  So whoever
 * makes such a ring, or registers one, is pinned for the rest of its life, and a
 * carrier that submits requests does not exit as long as the process lives.
 */
#include <linux/io_uring.h>

#include "number/syscall_dispatch.h"

#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1u << 12)
#endif
#ifndef IORING_SETUP_REGISTERED_FD_ONLY
#define IORING_SETUP_REGISTERED_FD_ONLY (1u << 15)
#endif
#define REGISTER_ENABLE_RINGS 12
#define REGISTER_RING_FDS     20

/* False: the caller cannot be pinned, and *r is what it gets. */
static bool pin(long *r)
{
	int error = pin_enter(); /* and never pin_leave() */

	/* The only thread stays where it is once there are others. */
	if (!rt_started)
		start_pins_main();
	if (error < 0)
		*r = as_errno(error);
	return error == 0;
}

BY_NUMBER(io_uring_setup)
{
	struct io_uring_params params;
	unsigned flags;

	if (USER_GET(&params, (void *)a[1]) < 0)
		return false;
	flags = params.flags;
	if (!(flags & IORING_SETUP_REGISTERED_FD_ONLY) &&
	    (!(flags & IORING_SETUP_SINGLE_ISSUER) ||
	     (flags & IORING_SETUP_R_DISABLED)))
		return false;
	return !pin(r);
}

/* The highest bit of the operation says that the ring's number is a registered
 * one. */
BY_NUMBER(io_uring_register)
{
	unsigned operation = (unsigned)a[1] & ~(1u << 31);

	if (operation != REGISTER_ENABLE_RINGS &&
	    operation != REGISTER_RING_FDS)
		return false;
	return !pin(r);
}

/* The call waits only if it must return with events. */
BY_NUMBER(io_uring_enter)
{
	long submitted = a[1], min_events = a[2];

	if (!min_events) {
		if (submitted)
			kernel_thread_stays();
		return false;
	}
	*r = as_errno(IN_HOP_UNTIL(false, true, SAYS_EINTR,
				   (kernel_thread_stays(),
				    raw_syscall(nr, a[0], a[1], a[2], a[3],
						a[4], a[5]))));
	return true;
}
