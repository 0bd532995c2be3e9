/*
 * socket.c - creating sockets, listen(2) and shutdown(2).  None of them waits.
 */
#include <netinet/in.h>

#include "descriptor.h"
#include "door/libc_door.h"

/* Only a stream socket of an IP family can be TCP. */
static enum fd_kind socket_kind(int family, int type)
{
	if ((family == AF_INET || family == AF_INET6) &&
	    (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM)
		return FD_STREAM;
	return FD_SOCKET;
}

INTERPOSE(int, socket, (int family, int type, int protocol))
{
	long fd = raw_syscall(SYS_socket, family, type, protocol);
	enum fd_kind kind = socket_kind(family, type);

	/* SCTP and MPTCP are streams of the same families. */
	if (protocol && protocol != IPPROTO_TCP)
		kind = FD_SOCKET;
	return (int)as_errno(new_fd(fd, kind, type & SOCK_NONBLOCK));
}
LIBC_DOOR(socket)

INTERPOSE(int, socketpair, (int family, int type, int protocol, int fds[2]))
{
	long r = raw_syscall(SYS_socketpair, family, type, protocol, fds);

	if (r == 0) {
		fds[0] = (int)lowest_fd(fds[0], 0);
		fds[1] = (int)lowest_fd(fds[1], 0);
		fdtab_opened(fds[0], FD_SOCKET, type & SOCK_NONBLOCK);
		fdtab_opened(fds[1], FD_SOCKET, type & SOCK_NONBLOCK);
	}
	return (int)as_errno(r);
}

INTERPOSE(int, listen, (int fd, int backlog))
{
	long r = raw_syscall(SYS_listen, program_fd(fd), backlog);

	if (r == 0)
		fdtab_set_kind(fd, FD_LISTEN);
	return (int)as_errno(r);
}

/* The events that shutdown() causes wake the fibers that wait for the
 * socket. */
INTERPOSE(int, shutdown, (int fd, int how))
{
	fd = program_fd(fd);
	return (int)PASS(SYS_shutdown, fd, how);
}
