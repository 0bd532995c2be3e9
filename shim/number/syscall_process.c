/* syscall_process.c - threads and processes that begin and end by number. */
#include <linux/sched.h>
#include <sched.h>

#include "number/syscall_dispatch.h"

uint64_t clone_flags(long nr, const long a[6])
{
	uint64_t flags;

	switch (nr) {
#ifdef SYS_fork
	case SYS_fork:
		return 0;
	case SYS_vfork:
		return CLONE_VM | CLONE_VFORK;
#endif
	case SYS_clone:
		return (uint64_t)a[0];
	default:
		if (a[1] < CLONE_ARGS_SIZE_VER0 ||
		    user_copy(&flags, &((struct clone_args *)a[0])->flags,
			      sizeof(flags)) < 0)
			return UINT64_MAX;
		return flags;
	}
}

/* A child that does not share memory is made by fork under another name; it
 * starts with the calling fiber alone. */
static long make_child(long nr, const long a[6])
{
	uint64_t flags = clone_flags(nr, a);
	long r;

	if (flags & CLONE_VM) {
		if (!rt_fiber())
			return raw_syscall(nr, a[0], a[1], a[2], a[3], a[4]);
		mask_lend();
		r = raw_syscall(nr, a[0], a[1], a[2], a[3], a[4]);
		mask_return();
		return r;
	}
	fork_prepare();
	r = raw_syscall(nr, a[0], a[1], a[2], a[3], a[4]);
	if (r == 0)
		rt_fork_child();
	else
		fork_parent();
	return r;
}

BY_NUMBER(clone)
{
	*r = as_errno(make_child(nr, a));
	return true;
}

#ifdef SYS_fork
/* vfork too: see fork.c. */
BY_NUMBER(fork)
{
	*r = as_errno(make_child(SYS_fork, a));
	return true;
}
#endif

/* The kernel thread's own address is libc's, which learns from it when the
 * thread exits. */
BY_NUMBER(set_tid_address)
{
	if (!green_self)
		return false;
	*r = fiber_tid(green_self);
	return true;
}

/* The kernel's rseq area belongs to a kernel thread, not to a fiber. */
BY_NUMBER(rseq)
{
	*r = as_errno(-ENOSYS);
	return true;
}

/* The kernel's exit would end the carrier, and its hub with it. */
BY_NUMBER(exit)
{
	(void)r;
	if (!rt_fiber()) /* a thread by clone(2), a child of vfork(2) */
		return false;
	fiber_quit((int)a[0]);
}
