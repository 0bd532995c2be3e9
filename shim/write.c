/*
 * write.c - write(2), writev(2) and their positioned forms.
 *
 * A positioned write to the page cache is made in place: file systems that
 * cannot do it under RWF_NOWAIT (ext4, tmpfs) refuse the flag rather than
 * wait, and copying into the cache rarely waits for a disk.  What is meant to
 * reach the disk before it returns hops.
 */
#include "descriptor.h"
#include "libc_door.h"

static long write_at_once(int fd, const struct iovec *iov, int n, off_t at,
			  int flags)
{
	return raw_syscall(SYS_pwritev2, fd, iov, n, at, 0, flags);
}

static ssize_t write_at(int fd, const struct iovec *iov, int n, off_t at,
			int flags)
{
	struct iovec rest[IOV_COPY];
	size_t total = 0, done = 0;
	long r, mode;

	/* Errors of the arguments are the kernel's to find. */
	if (n < 0 || n > IOV_MAX || at < 0 || (flags & RWF_NOWAIT))
		return write_at_once(fd, iov, n, at, flags);
	mode = raw_syscall(SYS_fcntl, fd, F_GETFL);
	if (mode < 0)
		return mode;
	if ((mode & (O_DIRECT | O_DSYNC)) || (flags & (RWF_SYNC | RWF_DSYNC)) ||
	    n > IOV_COPY)
		return HOP(SYS_pwritev2, fd, iov, n, at, 0, flags);

	for (;;) {
		r = write_at_once(fd, iov, n, at + (off_t)done,
				  flags | RWF_NOWAIT);
		if (r <= 0)
			break;
		/* The vector's memory is known to be good only now. */
		if (!done)
			total = iov_total(iov, n);
		done += (size_t)r;
		if (done >= total)
			return (ssize_t)done;
		n = iov_skip(iov, n, (size_t)r, rest);
		iov = rest;
	}
	if (r == -EOPNOTSUPP)
		r = write_at_once(fd, iov, n, at + (off_t)done, flags);
	else if (r == -EAGAIN)
		r = HOP(SYS_pwritev2, fd, iov, n, at + (off_t)done, 0, flags);
	if (r < 0)
		return done ? (ssize_t)done : r;
	return (ssize_t)done + r;
}

INTERPOSE(ssize_t, write, (int fd, const void *buf, size_t n))
{
	if (!rt_fiber())
		return PASS(SYS_write, fd, buf, n);
	return as_errno(CANCEL_POINT(io_write(fd, buf, n)));
}
INTERPOSE_ALIAS(__write, write)
LIBC_DOOR(write)

INTERPOSE(ssize_t, writev, (int fd, const struct iovec *iov, int n))
{
	if (!rt_fiber())
		return PASS(SYS_writev, fd, iov, n);
	return as_errno(CANCEL_POINT(io_writev(fd, iov, n)));
}
LIBC_DOOR(writev)

INTERPOSE(ssize_t, pwrite, (int fd, const void *buf, size_t n, off_t at))
{
	struct iovec iov = { (void *)buf, n };

	if (!rt_fiber() || at < 0)
		return PASS(SYS_pwrite64, fd, buf, n, at);
	return as_errno(CANCEL_POINT(write_at(fd, &iov, 1, at, 0)));
}
INTERPOSE_ALIAS(pwrite64, pwrite)
INTERPOSE_ALIAS(__pwrite64, pwrite)

INTERPOSE(ssize_t, pwritev, (int fd, const struct iovec *iov, int n, off_t at))
{
	if (!rt_fiber() || at < 0)
		return PASS(SYS_pwritev, fd, iov, n, at, 0);
	return as_errno(CANCEL_POINT(write_at(fd, iov, n, at, 0)));
}
INTERPOSE_ALIAS(pwritev64, pwritev)

/* An offset of -1 means the file's own position: pwritev2(2). */
INTERPOSE(ssize_t, pwritev2,
	  (int fd, const struct iovec *iov, int n, off_t at, int flags))
{
	if (!rt_fiber() || (flags & RWF_NOWAIT) || at < -1)
		return PASS(SYS_pwritev2, fd, iov, n, at, 0, flags);
	if (at >= 0)
		return as_errno(CANCEL_POINT(write_at(fd, iov, n, at, flags)));
	if (!flags)
		return writev(fd, iov, n);
	return as_errno(
		CANCEL_POINT(HOP(SYS_pwritev2, fd, iov, n, at, 0, flags)));
}
INTERPOSE_ALIAS(pwritev64v2, pwritev2)
