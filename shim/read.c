/*
 * read.c - read(2), readv(2) and their positioned forms.
 *
 * The positioned calls are for files that can seek.  One whose data are in
 * memory answers at once under RWF_NOWAIT, which never leaves the fiber; the
 * rest hops.  A short answer is carried on from where it ends, for a regular
 * file gives all that was asked for, up to its end.
 */
#include <sys/vfs.h>
#include <linux/magic.h>

#include "descriptor.h"
#include "libc_door.h"

/* Files whose data can only be in memory, though RWF_NOWAIT is refused. */
static bool in_memory(int fd)
{
	struct statfs fs;

	if (raw_syscall(SYS_fstatfs, fd, &fs) < 0)
		return false;
	return fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC ||
	       fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC ||
	       fs.f_type == HUGETLBFS_MAGIC;
}

static long read_at_once(int fd, const struct iovec *iov, int n, off_t at,
			 int flags)
{
	return raw_syscall(SYS_preadv2, fd, iov, n, at, 0, flags);
}

static ssize_t read_at(int fd, const struct iovec *iov, int n, off_t at,
		       int flags)
{
	struct iovec rest[IOV_COPY];
	size_t total = 0, done = 0;
	long r, mode;

	/* Errors of the arguments are the kernel's to find. */
	if (n < 0 || n > IOV_MAX || at < 0 || (flags & RWF_NOWAIT))
		return read_at_once(fd, iov, n, at, flags);
	mode = raw_syscall(SYS_fcntl, fd, F_GETFL);
	if (mode < 0)
		return mode;
	/* O_DIRECT asks no cache: it always waits for the disk. */
	if ((mode & O_DIRECT) || n > IOV_COPY)
		return HOP(SYS_preadv2, fd, iov, n, at, 0, flags);

	for (;;) {
		r = read_at_once(fd, iov, n, at + (off_t)done,
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
	if (r == -EOPNOTSUPP && in_memory(fd))
		r = read_at_once(fd, iov, n, at + (off_t)done, flags);
	else if (r == -EOPNOTSUPP || r == -EAGAIN)
		r = HOP(SYS_preadv2, fd, iov, n, at + (off_t)done, 0, flags);
	if (r < 0)
		return done ? (ssize_t)done : r;
	return (ssize_t)done + r;
}

INTERPOSE(ssize_t, read, (int fd, void *buf, size_t n))
{
	if (!rt_fiber())
		return PASS(SYS_read, fd, buf, n);
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
		return PASS(SYS_readv, fd, iov, n);
	return as_errno(CANCEL_POINT(io_readv(fd, iov, n)));
}
LIBC_DOOR(readv)

INTERPOSE(ssize_t, pread, (int fd, void *buf, size_t n, off_t at))
{
	struct iovec iov = { buf, n };

	if (!rt_fiber() || at < 0)
		return PASS(SYS_pread64, fd, buf, n, at);
	return as_errno(CANCEL_POINT(read_at(fd, &iov, 1, at, 0)));
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
	if (!rt_fiber() || at < 0)
		return PASS(SYS_preadv, fd, iov, n, at, 0);
	return as_errno(CANCEL_POINT(read_at(fd, iov, n, at, 0)));
}
INTERPOSE_ALIAS(preadv64, preadv)

/* An offset of -1 means the file's own position: preadv2(2). */
INTERPOSE(ssize_t, preadv2,
	  (int fd, const struct iovec *iov, int n, off_t at, int flags))
{
	if (!rt_fiber() || (flags & RWF_NOWAIT) || at < -1)
		return PASS(SYS_preadv2, fd, iov, n, at, 0, flags);
	if (at >= 0)
		return as_errno(CANCEL_POINT(read_at(fd, iov, n, at, flags)));
	if (!flags)
		return readv(fd, iov, n);
	return as_errno(
		CANCEL_POINT(HOP(SYS_preadv2, fd, iov, n, at, 0, flags)));
}
INTERPOSE_ALIAS(preadv64v2, preadv2)
