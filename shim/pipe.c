/*
 * pipe.c - pipes.
 */
#include "descriptor.h"

INTERPOSE(int, pipe2, (int fds[2], int flags))
{
	long r = raw_syscall(SYS_pipe2, fds, flags);

	if (r == 0) {
		fds[0] = (int)lowest_fd(fds[0], 0);
		fds[1] = (int)lowest_fd(fds[1], 0);
		fdtab_opened(fds[0], FD_PIPE, flags & O_NONBLOCK);
		fdtab_opened(fds[1], FD_PIPE, flags & O_NONBLOCK);
	}
	return (int)as_errno(r);
}

INTERPOSE(int, pipe, (int fds[2]))
{
	return pipe2(fds, 0);
}
INTERPOSE_ALIAS(__pipe, pipe)
