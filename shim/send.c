/*
 * send.c - sending to sockets.
 */
#include "descriptor.h"
#include "door/libc_door.h"

INTERPOSE(ssize_t, sendto,
	  (int fd, const void *buf, size_t n, int flags,
	   __CONST_SOCKADDR_ARG to, socklen_t tolen))
{
	const struct sockaddr *sa = to.__sockaddr__;

	if (!rt_fiber())
		return PASS_CANCEL(SYS_sendto, fd, buf, n, flags, sa, tolen);
	return as_errno(CANCEL_POINT(io_sendto(fd, buf, n, flags, sa, tolen)));
}
LIBC_DOOR(sendto)

INTERPOSE(ssize_t, send, (int fd, const void *buf, size_t n, int flags))
{
	if (!rt_fiber())
		return PASS_CANCEL(SYS_sendto, fd, buf, n, flags, NULL, 0);
	return as_errno(CANCEL_POINT(io_sendto(fd, buf, n, flags, NULL, 0)));
}
INTERPOSE_ALIAS(__send, send)
LIBC_DOOR(send)

INTERPOSE(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags))
{
	long r;

	if (!rt_fiber())
		r = RAW_CANCEL(SYS_sendmsg, fd, m, flags);
	else
		r = CANCEL_POINT(io_sendmsg(fd, m, flags));
	if (r >= 0)
		control_sent(m);
	return as_errno(r);
}
LIBC_DOOR(sendmsg)

/* Send the rest of a message that a stream socket took in part.  Returns 0 or
 * -errno. */
static long send_rest(int fd, struct mmsghdr *v, int flags)
{
	size_t i, skip = v->msg_len;
	struct msghdr *m = &v->msg_hdr;
	long r;

	for (i = 0; i < m->msg_iovlen; i++) {
		const struct iovec *p = &m->msg_iov[i];

		if (skip >= p->iov_len) {
			skip -= p->iov_len;
			continue;
		}
		r = io_sendto(fd, (char *)p->iov_base + skip, p->iov_len - skip,
			      flags, NULL, 0);
		if (r < 0)
			return r;
		v->msg_len += (unsigned int)r;
		if ((size_t)r < p->iov_len - skip)
			return -EAGAIN; /* timed out, or interrupted */
		skip = 0;
	}
	return 0;
}

/* Send as many messages as possible in one system call, and wait in the hub
 * with one message at a time.  sendmmsg(2): an error after the first message is
 * reported by the next call. */
static long send_many(int fd, struct mmsghdr *v, unsigned int n, int flags)
{
	struct mmsghdr *last;
	unsigned int done = 0;
	long r = 0;

	if (n > IOV_MAX)
		n = IOV_MAX;
	while (done < n) {
		r = raw_syscall(SYS_sendmmsg, fd, v + done, n - done,
				flags | MSG_DONTWAIT);
		if (r > 0) {
			done += (unsigned int)r;
			last = &v[done - 1];
			if (last->msg_len >=
			    iov_total(last->msg_hdr.msg_iov,
				      (int)last->msg_hdr.msg_iovlen))
				continue;
			if ((flags & MSG_DONTWAIT) || fdtab_nonblock(fd))
				break;
			if (send_rest(fd, last, flags) < 0)
				break;
			continue;
		}
		if (r != -EAGAIN)
			break;
		r = io_sendmsg(fd, &v[done].msg_hdr, flags);
		if (r < 0)
			break;
		v[done++].msg_len = (unsigned int)r;
	}
	return done ? (long)done : r;
}

INTERPOSE(int, sendmmsg, (int fd, struct mmsghdr *v, unsigned int n, int flags))
{
	long i, r;

	fd = program_fd(fd);
	if (!rt_fiber())
		r = RAW_CANCEL(SYS_sendmmsg, fd, v, n, flags);
	else
		r = CANCEL_POINT(send_many(fd, v, n, flags));
	for (i = 0; i < r; i++)
		control_sent(&v[i].msg_hdr);
	return (int)as_errno(r);
}
LIBC_DOOR(sendmmsg)
