/*
 * recv.c - receiving from sockets.
 */
#include "descriptor.h"
#include "door/libc_door.h"

INTERPOSE(ssize_t, recvfrom,
	  (int fd, void *restrict buf, size_t n, int flags, __SOCKADDR_ARG from,
	   socklen_t *restrict fromlen))
{
	struct sockaddr *sa = from.__sockaddr__;

	if (!rt_fiber())
		return PASS_CANCEL(SYS_recvfrom, fd, buf, n, flags, sa,
				   fromlen);
	return as_errno(
		CANCEL_POINT(io_recvfrom(fd, buf, n, flags, sa, fromlen)));
}
LIBC_DOOR(recvfrom)

INTERPOSE(ssize_t, __recvfrom_chk,
	  (int fd, void *restrict buf, size_t n, size_t room, int flags,
	   __SOCKADDR_ARG from, socklen_t *restrict fromlen))
{
	if (n > room)
		overrun();
	return recvfrom(fd, buf, n, flags, from, fromlen);
}

INTERPOSE(ssize_t, recv, (int fd, void *buf, size_t n, int flags))
{
	if (!rt_fiber())
		return PASS_CANCEL(SYS_recvfrom, fd, buf, n, flags, NULL, NULL);
	return as_errno(
		CANCEL_POINT(io_recvfrom(fd, buf, n, flags, NULL, NULL)));
}
LIBC_DOOR(recv)

INTERPOSE(ssize_t, __recv_chk,
	  (int fd, void *buf, size_t n, size_t room, int flags))
{
	if (n > room)
		overrun();
	return recv(fd, buf, n, flags);
}

INTERPOSE(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags))
{
	long r;

	if (!rt_fiber())
		r = RAW_CANCEL(SYS_recvmsg, fd, m, flags);
	else
		r = CANCEL_POINT(io_recvmsg(fd, m, flags));
	if (r >= 0)
		control_received(m);
	return as_errno(r);
}
LIBC_DOOR(recvmsg)

/*
 * Receive the messages that are there in one system call, and wait in the hub
 * for one message at a time.  As recvmmsg(2) describes, the timeout is checked
 * only after each message, and MSG_WAITFORONE stops the wait after the first
 * message.
 */
static long recv_many(int fd, struct mmsghdr *v, unsigned int n, int flags,
		      uint64_t deadline_ns)
{
	unsigned int done = 0, batch;
	long r = 0;

	while (done < n) {
		batch = deadline_ns == GREEN_FOREVER ? n - done : 1;
		r = raw_syscall(SYS_recvmmsg, fd, v + done, batch,
				(flags & ~MSG_WAITFORONE) | MSG_DONTWAIT, NULL);
		if (r > 0) {
			done += (unsigned int)r;
			/* As in the kernel: return out-of-band data at once. */
			if (v[done - 1].msg_hdr.msg_flags & MSG_OOB)
				break;
		} else if (r != -EAGAIN) {
			break;
		}
		if (done == n || (done && green_now() >= deadline_ns))
			break;
		if (r > 0 && batch == 1)
			continue;
		if (done && (flags & MSG_WAITFORONE))
			break;
		r = io_recvmsg(fd, &v[done].msg_hdr, flags & ~MSG_WAITFORONE);
		if (r < 0)
			break;
		v[done++].msg_len = (unsigned int)r;
		if (green_now() >= deadline_ns)
			break;
	}
	return done ? (long)done : r;
}

INTERPOSE(int, recvmmsg,
	  (int fd, struct mmsghdr *v, unsigned int n, int flags,
	   struct timespec *timeout))
{
	struct timespec ts;
	uint64_t deadline_ns;
	long i, r, put = 0;

	fd = program_fd(fd);
	if (!rt_fiber()) {
		r = RAW_CANCEL(SYS_recvmmsg, fd, v, n, flags, timeout);
	} else if (!io_call_has_parts(fd, IO_RECVMMSG, flags)) {
		r = CANCEL_POINT(IO_WHOLE(fd, IO_RECVMMSG, flags, SYS_recvmmsg,
					  v, n, flags, timeout));
	} else if (timeout && USER_GET(&ts, timeout) < 0) {
		r = -EFAULT;
	} else if (timeout && !timespec_valid(&ts)) {
		r = -EINVAL;
	} else {
		deadline_ns = deadline_in(timeout ? &ts : NULL);
		r = CANCEL_POINT(recv_many(fd, v, n, flags, deadline_ns));
		if (timeout && deadline_ns != GREEN_FOREVER && r > 0) {
			ts = time_left(deadline_ns);
			put = USER_PUT(timeout, &ts);
		}
	}
	for (i = 0; i < r; i++)
		control_received(&v[i].msg_hdr);
	/* As in the kernel: the messages are there, and the call has failed. */
	return (int)as_errno(put < 0 ? put : r);
}
LIBC_DOOR(recvmmsg)
