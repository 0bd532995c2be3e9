/*
 * write.c - write(2), writev(2) and their positioned forms.
 */
#include "descriptor.h"
#include "door/libc_door.h"

INTERPOSE(ssize_t, write, (int fd, const void *buf, size_t n))
{
	if (!rt_fiber())
		return PASS_CANCEL(SYS_write, UV_FD(fd), buf, n);
	return as_errno(CANCEL_POINT(io_write(fd, buf, n)));
}
INTERPOSE_ALIAS(__write, write)
LIBC_DOOR(write)

INTERPOSE(ssize_t, writev, (int fd, const struct iovec *iov, int n))
{
	if (!rt_fiber())
		return PASS_CANCEL(SYS_writev, fd, iov, n);
	return as_errno(CANCEL_POINT(io_writev(fd, iov, n)));
}
LIBC_DOOR(writev)

INTERPOSE(ssize_t, pwrite, (int fd, const void *buf, size_t n, off_t at))
{
	struct iovec iov = { (void *)buf, n };

	fd = program_fd(fd);
	if (!rt_fiber() || at < 0)
		return PASS_CANCEL(SYS_pwrite64, fd, buf, n, at);
	return as_errno(CANCEL_POINT(io_pwritev(fd, &iov, 1, at, 0)));
}
INTERPOSE_ALIAS(pwrite64, pwrite)
INTERPOSE_ALIAS(__pwrite64, pwrite)

INTERPOSE(ssize_t, pwritev, (int fd, const struct iovec *iov, int n, off_t at))
{
	fd = program_fd(fd);
	if (!rt_fiber() || at < 0)
		return PASS_CANCEL(SYS_pwritev, fd, iov, n, at, 0);
	return as_errno(CANCEL_POINT(io_pwritev(fd, iov, n, at, 0)));
}
INTERPOSE_ALIAS(pwritev64, pwritev)

/* pwritev2(2): an offset of -1 means the current file position. */
INTERPOSE(ssize_t, pwritev2,
	  (int fd, const struct iovec *iov, int n, off_t at, int flags))
{
	fd = program_fd(fd);
	if (!rt_fiber() || (flags & RWF_NOWAIT) || at < -1)
		return PASS_CANCEL(SYS_pwritev2, fd, iov, n, at, 0, flags);
	if (at < 0 && !flags)
		return writev(fd, iov, n);
	if (at < 0 && fdtab_kind(fd) != FD_FILE)
		return as_errno(CANCEL_POINT(
			HOP(SYS_pwritev2, fd, iov, n, at, 0, flags)));
	return as_errno(CANCEL_POINT(io_pwritev(fd, iov, n, at, flags)));
}
INTERPOSE_ALIAS(pwritev64v2, pwritev2)
