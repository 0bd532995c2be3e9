/*
 * Calls on threads and processes, by their numbers.
 */
#include <linux/sched.h>
#include <sched.h>

#include "number/syscall_dispatch.h"

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

uint64_t clone_flags(long nr, const long a[6])
{
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
		if (bad_pointer((void *)a[0]) || a[1] < CLONE_ARGS_SIZE_VER0)
			return UINT64_MAX;
		return ((struct clone_args *)a[0])->flags;
	}
}

/* A child that does not share memory is fork's by another name; it starts
 * with the calling fiber alone. */
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

/* Calls that may block, for which libc has no function. */
static bool hop_call(long nr, const long a[6], long *r)
{
	if (!rt_fiber())
		return false;
	switch (nr) {
	case SYS_openat2:
		*r = new_fd(HOP(nr, a[0], a[1], a[2], a[3]), FD_UNKNOWN,
			    !bad_pointer((void *)a[2]) &&
				    (*(uint64_t *)a[2] & O_NONBLOCK));
		break;
	case SYS_io_pgetevents:
		*r = HOP_NO_RESTART(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
		break;
	default:
		return false;
	}
	*r = as_errno(*r);
	return true;
}

bool syscall_process(long nr, const long a[6], long *r)
{
	switch (nr) {
	case SYS_execve:
		*r = execve((const char *)a[0], (char **)a[1], (char **)a[2]);
		return true;
	case SYS_execveat:
		*r = execveat((int)a[0], (const char *)a[1], (char **)a[2],
			      (char **)a[3], (int)a[4]);
		return true;
	case SYS_clone:
	case SYS_clone3:
		*r = as_errno(make_child(nr, a));
		return true;
#ifdef SYS_fork
	case SYS_fork:
	case SYS_vfork: /* as the function: fork.c */
		*r = as_errno(make_child(SYS_fork, a));
		return true;
#endif
	case SYS_set_tid_address:
		/* The kernel thread's own is libc's, to know its end. */
		if (!green_self)
			return false;
		*r = fiber_tid(green_self);
		return true;
	case SYS_rseq:
		/* What the kernel keeps there is of a kernel thread. */
		*r = as_errno(-ENOSYS);
		return true;
	case SYS_exit:
		/* It would end the carrier, and its hub with it. */
		if (!rt_fiber())
			return false;
		fiber_quit((int)a[0]);
	default:
		return hop_call(nr, a, r);
	}
}
