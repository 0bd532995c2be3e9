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

/* Send as many messages as possible in one system call, and wait in the hub
 * with one message at a time.  sendmmsg(2): an error after the first message is
 * reported by the next call. */
static long send_many(int fd, struct mmsghdr *v, unsigned int n, int flags)
{
	bool messages = io_keeps_messages(fd);
	const struct msghdr *m;
	unsigned int done = 0, sent;
	long r = 0;

	if (n > IOV_MAX)
		n = IOV_MAX;
	while (done < n) {
		/* The kernel could send a part of a message on a stream. */
		r = messages ? raw_syscall(SYS_sendmmsg, fd, v + done, n - done,
					   flags | MSG_DONTWAIT)
			     : -EAGAIN;
		if (r > 0) {
			done += (unsigned int)r;
			continue;
		}
		if (r != -EAGAIN)
			break;
		m = &v[done].msg_hdr;
		r = io_sendmsg(fd, m, flags);
		if (r < 0)
			break;
		sent = (unsigned int)r;
		if (USER_PUT(&v[done].msg_len, &sent) < 0) {
			r = -EFAULT; /* as in the kernel: it is sent */
			break;
		}
		done++;
		if ((size_t)sent < iov_size(m->msg_iov, (int)m->msg_iovlen))
			break; /* timed out, or interrupted */
	}
	return done ? (long)done : r;
}

INTERPOSE(int, sendmmsg, (int fd, struct mmsghdr *v, unsigned int n, int flags))
{
	long i, r;

	fd = program_fd(fd);
	if (!rt_fiber())
		r = RAW_CANCEL(SYS_sendmmsg, fd, v, n, flags);
	else if (!io_call_has_parts(fd, IO_SENDMMSG, flags))
		r = CANCEL_POINT(IO_WHOLE(fd, IO_SENDMMSG, flags, SYS_sendmmsg,
					  v, n, flags));
	else
		r = CANCEL_POINT(send_many(fd, v, n, flags));
	for (i = 0; i < r; i++)
		control_sent(&v[i].msg_hdr);
	return (int)as_errno(r);
}
LIBC_DOOR(sendmmsg)
