/*
 * accept.c - accepting connections from a listening socket.
 */
#include <netinet/in.h>

#include "descriptor.h"
#include "door/libc_door.h"

/* A connection inherits the timeouts of its listener (socket(7)), and the table
 * has to know them.  Ask the kernel for them only if the program has set a
 * timeout on any socket: few programs do. */
static void note_connection(int fd, bool nonblock)
{
	int protocol = 0;
	socklen_t len = sizeof(protocol);

	raw_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_PROTOCOL, &protocol,
		    &len);
	fdtab_opened(fd, protocol == IPPROTO_TCP ? FD_STREAM : FD_SOCKET,
		     nonblock);
	if (UNLIKELY(socket_timeouts_in_use))
		socket_timeouts_learn(fd);
	io_options_inherited(fd);
}

/* False for a socket that does not listen and for unknown flags: the kernel
 * returns an error at once. */
static bool accept_may_wait(int fd, int flags)
{
	int listens = 0;
	socklen_t len = sizeof(listens);

	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return false;
	if (LIKELY(fdtab_kind(fd) == FD_LISTEN))
		return true;
	/* listen() may have been called on a duplicate of fd. */
	if (raw_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN, &listens,
			&len) < 0 ||
	    !listens)
		return false;
	fdtab_set_kind(fd, FD_LISTEN);
	return true;
}

static int accept_any(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	int r;

	fd = program_fd(fd);
	if (!rt_fiber() || !accept_may_wait(fd, flags))
		r = (int)RAW_CANCEL(SYS_accept4, fd, sa, len, flags);
	else
		r = CANCEL_POINT(io_accept(fd, sa, len, flags));
	r = (int)lowest_fd(r, 0);
	if (r >= 0)
		note_connection(r, flags & SOCK_NONBLOCK);
	return r;
}

INTERPOSE(int, accept, (int fd, __SOCKADDR_ARG sa, socklen_t *restrict len))
{
	return (int)as_errno(accept_any(fd, sa.__sockaddr__, len, 0));
}
LIBC_DOOR(accept)

INTERPOSE(int, accept4,
	  (int fd, __SOCKADDR_ARG sa, socklen_t *restrict len, int flags))
{
	return (int)as_errno(accept_any(fd, sa.__sockaddr__, len, flags));
}
