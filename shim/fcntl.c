/*
 * fcntl.c - fcntl(2) and ioctl(2): the commands that change what the table
 * knows, and those that may wait.
 */
#include <stdarg.h>
#include <sys/ioctl.h>

#include "descriptor.h"
#include "pthread_sched.h"

/* F_OWNER_TID: the kernel sends the signals to a kernel thread, so a fiber that
 * owns a descriptor gets a kernel thread of its own. */
static long set_owner(int fd, const struct f_owner_ex *owner)
{
	struct f_owner_ex kernel;

	pid_t tid;
	long r;

	if (!rt_started || rt_vforked || USER_GET(&kernel, owner) < 0 ||
	    kernel.type != F_OWNER_TID || !kernel.pid)
		return raw_syscall(SYS_fcntl, fd, F_SETOWN_EX, owner);
	r = sched_changed(kernel.pid, &tid);
	if (r < 0)
		return r;
	if (tid) /* else the process has one thread */
		kernel.pid = tid;
	return raw_syscall(SYS_fcntl, fd, F_SETOWN_EX, &kernel);
}

static long get_owner(int fd, struct f_owner_ex *owner)
{
	long r = raw_syscall(SYS_fcntl, fd, F_GETOWN_EX, owner);
	struct fiber *f = NULL;

	/* 0: no owner. */
	if (r == 0 && rt_started && owner->type == F_OWNER_TID && owner->pid)
		f = fiber_of_kernel(owner->pid);
	if (f)
		owner->pid = fiber_tid(f);
	return r;
}

/* F_GETOWN returns a process group as a negative number, and a small one looks
 * like an error.  F_GETOWN_EX does not. */
static long fcntl_owner(int fd)
{
	struct f_owner_ex owner;
	long r = get_owner(fd, &owner);

	if (r < 0)
		return r;
	return owner.type == F_OWNER_PGRP ? -(long)owner.pid : owner.pid;
}

/* Take a free lock in place; otherwise hop and wait in the kernel, which
 * detects deadlocks between processes (EDEADLK). */
static long fcntl_lock_wait(int fd, int cmd, long arg)
{
	int attempt = cmd == F_SETLKW ? F_SETLK : F_OFD_SETLK;
	long r;

	if (rt_fiber()) {
		r = raw_syscall(SYS_fcntl, fd, attempt, arg);
		if (r != -EAGAIN && r != -EACCES)
			return r;
	}
	return HOP(SYS_fcntl, fd, cmd, arg);
}

INTERPOSE(int, fcntl, (int fd, int cmd, ...))
{
	va_list ap;
	long arg, r;

	va_start(ap, cmd);
	arg = va_arg(ap, long);
	va_end(ap);

	if (hidden_fd(fd))
		return (int)as_errno(-EBADF);
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		r = raw_syscall(SYS_fcntl, fd, cmd, arg);
		r = lowest_fd(r, (int)arg);
		if (r >= 0)
			fdtab_duped((int)r, fd);
		break;
	case F_GETFL:
		/* The runtime may have set O_NONBLOCK for a connect(). */
		r = raw_syscall(SYS_fcntl, fd, cmd, arg);
		if (rt_started && !rt_vforked && r >= 0 && (r & O_NONBLOCK) &&
		    fdtab_kind(fd) == FD_STREAM && !fdtab_nonblock(fd))
			r &= ~O_NONBLOCK;
		break;
	case F_SETFD:
		fdtab_settle(fd);
		r = raw_syscall(SYS_fcntl, fd, cmd, arg);
		break;
	case F_SETFL:
		r = raw_syscall(SYS_fcntl, fd, cmd, arg);
		if (r >= 0)
			fdtab_set_nonblock(fd, arg & O_NONBLOCK);
		if (r >= 0)
			fdtab_set_direct(fd, arg & O_DIRECT);
		break;
	case F_SETOWN_EX:
		r = set_owner(fd, (const struct f_owner_ex *)arg);
		break;
	case F_GETOWN_EX:
		r = get_owner(fd, (struct f_owner_ex *)arg);
		break;
	case F_GETOWN:
		r = fcntl_owner(fd);
		if (r < 0 && r != -EBADF)
			return (int)r; /* a process group */
		break;
	case F_SETLKW:
	case F_OFD_SETLKW:
		if (!rt_fiber())
			return (int)PASS_CANCEL(SYS_fcntl, fd, cmd, arg);
		r = CANCEL_POINT(fcntl_lock_wait(fd, cmd, arg));
		break;
	default:
		r = raw_syscall(SYS_fcntl, fd, cmd, arg);
	}
	return (int)as_errno(r);
}
INTERPOSE_ALIAS(fcntl64, fcntl)
INTERPOSE_ALIAS(__fcntl, fcntl)

/* Requests that wait until the output of a terminal has been sent,
 * ioctl_tty(2). */
static bool drains(unsigned long request)
{
	switch (request) {
	case TCSBRK:
	case TCSBRKP:
	case TCSETSW:
	case TCSETSF:
	case TCSETAW:
	case TCSETAF:
	case TCXONC:
		return true;
	}
	return false;
}

static long request_made(int fd, unsigned long request, long arg)
{
	bool terminal = request >> 8 == 'T' && terminal_enter();
	long r = raw_syscall(SYS_ioctl, fd, request, arg);

	if (terminal)
		mask_return();
	return r;
}

INTERPOSE(int, ioctl, (int fd, unsigned long request, ...))
{
	va_list ap;
	long arg, r;

	va_start(ap, request);
	arg = va_arg(ap, long);
	va_end(ap);

	if (hidden_fd(fd))
		return (int)as_errno(-EBADF);
	if (request == FIOCLEX)
		fdtab_settle(fd);
	if (UNLIKELY(drains(request)) && rt_fiber())
		r = IN_HOP_UNTIL(true, false, SAYS_EINTR,
				 request_made(fd, request, arg));
	else
		r = request_made(fd, request, arg);
	if (r >= 0 && request == FIONBIO)
		fdtab_set_nonblock(fd, *(int *)arg != 0);
	return (int)as_errno(r);
}
