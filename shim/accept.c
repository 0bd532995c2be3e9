/*
 * accept.c - taking connections from a listening socket.
 */
#include <netinet/in.h>

#include "descriptor.h"
#include "door/libc_door.h"

/* What a connection inherits from its listener must be in the table: its
 * timeouts, socket(7).  They are rare, so they are asked for only once the
 * program has set one anywhere. */
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
}

/* A socket that does not listen, and flags that do not exist, are errors at
 * once, without a wait. */
static bool may_wait(int fd, int flags)
{
	int listens = 0;
	socklen_t len = sizeof(listens);

	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return false;
	if (LIKELY(fdtab_kind(fd) == FD_LISTEN))
		return true;
	/* It may listen by another name of the same socket. */
	if (raw_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN, &listens,
			&len) < 0 ||
	    !listens)
		return false;
	fdtab_set_kind(fd, FD_LISTEN);
	return true;
}

/* The two names of one call: accept(2). */
static int take(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	int r;

	if (!rt_fiber() || !may_wait(fd, flags))
		r = (int)RAW_CANCEL(SYS_accept4, fd, sa, len, flags);
	else
		r = CANCEL_POINT(io_accept(fd, sa, len, flags));
	if (r >= 0)
		note_connection(r, flags & SOCK_NONBLOCK);
	return r;
}

INTERPOSE(int, accept, (int fd, __SOCKADDR_ARG sa, socklen_t *restrict len))
{
	return (int)as_errno(take(fd, sa.__sockaddr__, len, 0));
}
LIBC_DOOR(accept)

INTERPOSE(int, accept4,
	  (int fd, __SOCKADDR_ARG sa, socklen_t *restrict len, int flags))
{
	return (int)as_errno(take(fd, sa.__sockaddr__, len, flags));
}
