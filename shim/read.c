/*
 * read.c - read(2), readv(2) and their positioned forms.
 */
#include "descriptor.h"
#include "door/libc_door.h"

INTERPOSE(ssize_t, read, (int fd, void *buf, size_t n))
{
	if (!rt_fiber())
		return PASS_CANCEL(SYS_read, UV_FD(fd), buf, n);
	return as_errno(CANCEL_POINT(io_read(fd, buf, n)));
}
INTERPOSE_ALIAS(__read, read)
LIBC_DOOR(read)

INTERPOSE(ssize_t, __read_chk, (int fd, void *buf, size_t n, size_t room))
{
	if (n > room)
		overrun();
	return read(fd, buf, n);
}

INTERPOSE(ssize_t, readv, (int fd, const struct iovec *iov, int n))
{
	if (!rt_fiber())
		return PASS_CANCEL(SYS_readv, fd, iov, n);
	return as_errno(CANCEL_POINT(io_readv(fd, iov, n)));
}
LIBC_DOOR(readv)

INTERPOSE(ssize_t, pread, (int fd, void *buf, size_t n, off_t at))
{
	struct iovec iov = { buf, n };

	fd = program_fd(fd);
	if (!rt_fiber() || at < 0)
		return PASS_CANCEL(SYS_pread64, fd, buf, n, at);
	return as_errno(CANCEL_POINT(io_preadv(fd, &iov, 1, at, 0)));
}
INTERPOSE_ALIAS(pread64, pread)
INTERPOSE_ALIAS(__pread64, pread)

INTERPOSE(ssize_t, __pread_chk,
	  (int fd, void *buf, size_t n, off_t at, size_t room))
{
	if (n > room)
		overrun();
	return pread(fd, buf, n, at);
}
INTERPOSE_ALIAS(__pread64_chk, __pread_chk)

INTERPOSE(ssize_t, preadv, (int fd, const struct iovec *iov, int n, off_t at))
{
	fd = program_fd(fd);
	if (!rt_fiber() || at < 0)
		return PASS_CANCEL(SYS_preadv, fd, iov, n, at, 0);
	return as_errno(CANCEL_POINT(io_preadv(fd, iov, n, at, 0)));
}
INTERPOSE_ALIAS(preadv64, preadv)

/* preadv2(2): an offset of -1 means the current file position. */
INTERPOSE(ssize_t, preadv2,
	  (int fd, const struct iovec *iov, int n, off_t at, int flags))
{
	fd = program_fd(fd);
	if (!rt_fiber() || (flags & RWF_NOWAIT) || at < -1)
		return PASS_CANCEL(SYS_preadv2, fd, iov, n, at, 0, flags);
	if (at < 0 && !flags)
		return readv(fd, iov, n);
	if (at < 0 && fdtab_kind(fd) != FD_FILE)
		return as_errno(CANCEL_POINT(
			HOP(SYS_preadv2, fd, iov, n, at, 0, flags)));
	return as_errno(CANCEL_POINT(io_preadv(fd, iov, n, at, flags)));
}
INTERPOSE_ALIAS(preadv64v2, preadv2)
