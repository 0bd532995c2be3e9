/*
 * socket.c - making sockets and changing what they are.  None of it waits.
 */
#include <netinet/in.h>

#include "descriptor.h"
#include "door/libc_door.h"

/* A stream socket is known for TCP only by its family. */
static enum fd_kind kind_of(int family, int type)
{
	if ((family == AF_INET || family == AF_INET6) &&
	    (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM)
		return FD_STREAM;
	return FD_SOCKET;
}

INTERPOSE(int, socket, (int family, int type, int protocol))
{
	long fd = raw_syscall(SYS_socket, family, type, protocol);
	enum fd_kind kind = kind_of(family, type);

	/* SCTP and MPTCP come as streams of the same families. */
	if (protocol && protocol != IPPROTO_TCP)
		kind = FD_SOCKET;
	return (int)as_errno(new_fd(fd, kind, type & SOCK_NONBLOCK));
}
LIBC_DOOR(socket)

INTERPOSE(int, socketpair, (int family, int type, int protocol, int fds[2]))
{
	long r = raw_syscall(SYS_socketpair, family, type, protocol, fds);

	if (r == 0) {
		fdtab_opened(fds[0], FD_SOCKET, type & SOCK_NONBLOCK);
		fdtab_opened(fds[1], FD_SOCKET, type & SOCK_NONBLOCK);
	}
	return (int)as_errno(r);
}

INTERPOSE(int, listen, (int fd, int backlog))
{
	long r = raw_syscall(SYS_listen, fd, backlog);

	if (r == 0)
		fdtab_set_kind(fd, FD_LISTEN);
	return (int)as_errno(r);
}

/* Fibers that wait on the socket are told by its own events. */
INTERPOSE(int, shutdown, (int fd, int how))
{
	return (int)PASS(SYS_shutdown, fd, how);
}
