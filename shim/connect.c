/*
 * connect.c - connect(2).
 */
#include "descriptor.h"
#include "door/libc_door.h"

INTERPOSE(int, connect, (int fd, __CONST_SOCKADDR_ARG sa, socklen_t len))
{
	const struct sockaddr *to = sa.__sockaddr__;

	fd = program_fd(fd);
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_connect, fd, to, len);
	return (int)as_errno(CANCEL_POINT(io_connect(fd, to, len)));
}
INTERPOSE_ALIAS(__connect, connect)
LIBC_DOOR(connect)
