/*
 * poll.c - poll(2) and ppoll(2).
 */
#include "descriptor.h"
#include "door/libc_door.h"

INTERPOSE(int, poll, (struct pollfd * fds, nfds_t n, int timeout))
{
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_poll, fds, n, timeout);
	return (int)as_errno(
		CANCEL_POINT(io_poll(fds, n, deadline_in_ms(timeout))));
}
INTERPOSE_ALIAS(__poll, poll)
LIBC_DOOR(poll)

INTERPOSE(int, __poll_chk,
	  (struct pollfd * fds, nfds_t n, int timeout, size_t room))
{
	if (room / sizeof(*fds) < n)
		overrun();
	return poll(fds, n, timeout);
}

static long poll_masked(struct pollfd *fds, nfds_t n,
			const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec ts;
	uint64_t bits;
	long r = wait_limits(timeout, &ts, mask, &bits);

	if (r < 0)
		return r;
	return UNDER_MASK(mask ? &bits : NULL,
			  io_poll(fds, n, wait_deadline(timeout ? &ts : NULL)));
}

INTERPOSE(int, ppoll,
	  (struct pollfd * fds, nfds_t n, const struct timespec *timeout,
	   const sigset_t *mask))
{
	struct timespec left;

	if (!rt_fiber()) {
		if (timeout)
			left = *timeout;
		return (int)PASS_CANCEL(SYS_ppoll, fds, n,
					timeout ? &left : NULL, mask,
					KERNEL_SIGSET_SIZE);
	}
	return (int)as_errno(CANCEL_POINT(poll_masked(fds, n, timeout, mask)));
}
LIBC_DOOR(ppoll)

INTERPOSE(int, __ppoll_chk,
	  (struct pollfd * fds, nfds_t n, const struct timespec *timeout,
	   const sigset_t *mask, size_t room))
{
	if (room / sizeof(*fds) < n)
		overrun();
	return ppoll(fds, n, timeout, mask);
}
