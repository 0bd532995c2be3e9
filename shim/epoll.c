/*
 * epoll.c - epoll sets of the program.
 *
 * The descriptor of an epoll set is readable while the set has an event.  So
 * the fiber waits in the hub until the set is readable, and then asks the
 * kernel for the events without a wait.
 */
#include <sys/epoll.h>

#include "descriptor.h"

INTERPOSE(int, epoll_create1, (int flags))
{
	return (int)as_errno(
		new_fd(raw_syscall(SYS_epoll_create1, flags), FD_EPOLL, false));
}

/* The kernel ignores size but requires it to be positive: epoll_create(2). */
INTERPOSE(int, epoll_create, (int size))
{
	return (int)as_errno(
		new_fd(raw_syscall(SYS_epoll_create, size), FD_EPOLL, false));
}

INTERPOSE(int, epoll_ctl, (int set, int op, int fd, struct epoll_event *event))
{
	long r;

	if (hidden_fd(set) || hidden_fd(fd))
		return (int)as_errno(-EBADF);
	r = raw_syscall(SYS_epoll_ctl, UV_FD(set), op, UV_FD(fd), event);
	/* Sets that nest too deep, or too many paths to one file: with those
	 * of the hubs? */
	if (UNLIKELY(r == -ELOOP || r == -EINVAL) && op == EPOLL_CTL_ADD &&
	    set != fd && rt_fiber() && fdtab_kind(set) == FD_EPOLL &&
	    fdtab_leave_sets())
		r = raw_syscall(SYS_epoll_ctl, set, op, fd, event);
	/* The kernel has read the event: now we may, too. */
	if (r == 0 && op == EPOLL_CTL_ADD && (event->events & EPOLLEXCLUSIVE))
		fdtab_set_exclusive(set);
	return (int)as_errno(r);
}

/*
 * For EPOLLEXCLUSIVE, the kernel counts those that wait in epoll_wait(): a set
 * that lies in a hub's set has nobody who does, and an event would wake all such
 * sets.  So the wait is made in the kernel.
 */
static long wait_in_kernel(int set, struct epoll_event *events, int n,
			   uint64_t deadline_ns)
{
	struct timespec left;
	uint64_t ms = 0;

	if (deadline_ns == GREEN_FOREVER)
		return raw_syscall(SYS_epoll_wait, set, events, n, -1);
	left = time_left(deadline_ns);
	/* Rounded up: the deadline must have passed. */
	ms = (uint64_t)left.tv_sec * 1000 +
	     ((uint64_t)left.tv_nsec + 999999) / 1000000;
	return raw_syscall(SYS_epoll_wait, set, events, n,
			   ms > INT_MAX ? INT_MAX : (int)ms);
}

static long epoll_wait_until(int set, struct epoll_event *events, int n,
			     uint64_t deadline_ns)
{
	struct io_file file = IO_FILE(program_fd(set));
	long r;

	if (UNLIKELY(fdtab_is_exclusive(set)) && deadline_ns != DEADLINE_NOW)
		return IN_HOP_UNTIL(false, true, SAYS_EINTR,
				    wait_in_kernel(set, events, n,
						   deadline_ns));
	for (;;) {
		r = IO_CALL(&file, fd,
			    raw_syscall(SYS_epoll_wait, fd, events, n, 0));
		if (r != 0 || deadline_ns == DEADLINE_NOW)
			break;
		r = io_wait_epoll(&file, deadline_ns);
		if (r == -ETIMEDOUT)
			deadline_ns = DEADLINE_NOW; /* one last look */
		else if (r < 0)
			break;
	}
	io_call_end();
	if (r >= 0)
		io_did_not_wait();
	return r;
}

INTERPOSE(int, epoll_wait,
	  (int set, struct epoll_event *events, int n, int timeout))
{
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_epoll_wait, UV_FD(set), events, n,
					timeout);
	return (int)as_errno(CANCEL_POINT(
		epoll_wait_until(set, events, n, deadline_in_ms(timeout))));
}

static long epoll_wait_masked(int set, struct epoll_event *events, int n,
			      int timeout, const sigset_t *mask)
{
	uint64_t bits;

	if (mask && user_copy(&bits, mask, sizeof(bits)) < 0)
		return -EFAULT;
	return UNDER_MASK(mask ? &bits : NULL,
			  epoll_wait_until(set, events, n,
					   deadline_in_ms(timeout)));
}

INTERPOSE(int, epoll_pwait,
	  (int set, struct epoll_event *events, int n, int timeout,
	   const sigset_t *mask))
{
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_epoll_pwait, UV_FD(set), events, n,
					timeout, mask, KERNEL_SIGSET_SIZE);
	return (int)as_errno(
		CANCEL_POINT(epoll_wait_masked(set, events, n, timeout, mask)));
}

static long epoll_wait_masked_ns(int set, struct epoll_event *events, int n,
				 const struct timespec *timeout,
				 const sigset_t *mask)
{
	struct timespec ts;
	uint64_t bits;
	long r = wait_limits(timeout, &ts, mask, &bits);

	if (r < 0)
		return r;
	return UNDER_MASK(mask ? &bits : NULL,
			  epoll_wait_until(set, events, n,
					   wait_deadline(timeout ? &ts
								 : NULL)));
}

INTERPOSE(int, epoll_pwait2,
	  (int set, struct epoll_event *events, int n,
	   const struct timespec *timeout, const sigset_t *mask))
{
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_epoll_pwait2, set, events, n,
					timeout, mask, KERNEL_SIGSET_SIZE);
	return (int)as_errno(CANCEL_POINT(
		epoll_wait_masked_ns(set, events, n, timeout, mask)));
}
