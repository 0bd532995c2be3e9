/*
 * wait.c - waiting for children.
 *
 * The first attempt does not wait.  Then the fiber waits in the hub for the
 * pidfd of the child, or, if it waits for any of several children, hops.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include "interpose.h"
#include "ptrace.h"

#define SYS_PIDFD_OPEN 434

/* Wait in the hub until one child has exited.  Returns 0 or -EINTR; -EPERM if
 * there is no pidfd, or a stop of a traced child may end the wait, which a
 * pidfd does not report. */
static long child_ended(pid_t pid)
{
	int fd;
	long r;

	if (ptrace_sees_stops())
		return -EPERM;
	fd = (int)raw_syscall(SYS_PIDFD_OPEN, pid, 0);
	if (fd < 0)
		return -EPERM;
	fdtab_opened(fd, FD_POLLED, false);
	r = io_wait_fd(fd, false, GREEN_FOREVER);
	fdtab_closing(fd);
	raw_syscall(SYS_close, fd);
	return r;
}

static long do_wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	long r = raw_syscall(SYS_wait4, pid, status, options | WNOHANG, usage);

	/* A pidfd reports that the child has exited, not that it has
	 * stopped. */
	while (r == 0 && !(options & WNOHANG)) {
		if (pid <= 0 || (options & (WUNTRACED | WCONTINUED)))
			return HOP(SYS_wait4, pid, status, options, usage);
		r = child_ended(pid);
		if (r == -EPERM)
			return HOP(SYS_wait4, pid, status, options, usage);
		if (r == 0)
			r = raw_syscall(SYS_wait4, pid, status,
					options | WNOHANG, usage);
	}
	return r;
}

INTERPOSE(pid_t, wait4,
	  (pid_t pid, int *status, int options, struct rusage *usage))
{
	if (!rt_fiber())
		return (pid_t)PASS_CANCEL(SYS_wait4, pid, status, options,
					  usage);
	return (pid_t)as_errno(
		CANCEL_POINT(do_wait4(pid, status, options, usage)));
}

INTERPOSE(pid_t, waitpid, (pid_t pid, int *status, int options))
{
	return wait4(pid, status, options, NULL);
}
INTERPOSE_ALIAS(__waitpid, waitpid)

INTERPOSE(pid_t, wait, (int *status))
{
	return wait4(-1, status, 0, NULL);
}
INTERPOSE_ALIAS(__wait, wait)

INTERPOSE(pid_t, wait3, (int *status, int options, struct rusage *usage))
{
	return wait4(-1, status, options, usage);
}

static long do_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	siginfo_t probe;
	long r;

	for (;;) {
		probe.si_pid = 0;
		r = raw_syscall(SYS_waitid, type, id, &probe,
				options | WNOHANG | WNOWAIT, 0);
		if (r < 0 || probe.si_pid != 0 || (options & WNOHANG))
			return raw_syscall(SYS_waitid, type, id, info, options,
					   0);
		if (type != P_PID || (options & (WSTOPPED | WCONTINUED)))
			break;
		r = child_ended((pid_t)id);
		if (r == -EPERM)
			break;
		if (r < 0)
			return r;
	}
	return HOP(SYS_waitid, type, id, info, options, 0);
}

INTERPOSE(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options))
{
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_waitid, type, id, info, options, 0);
	return (int)as_errno(CANCEL_POINT(do_waitid(type, id, info, options)));
}
