/*
 * file.c - calls on files that wait for the disk or for a lock.  No event
 * announces the end of such a wait, so the fiber hops.
 */
#include <sys/file.h>
#include <sys/mman.h>

#include "descriptor.h"

INTERPOSE(int, fsync, (int fd))
{
	fd = program_fd(fd);
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_fsync, fd);
	return (int)as_errno(CANCEL_POINT(HOP(SYS_fsync, fd)));
}

INTERPOSE(int, fdatasync, (int fd))
{
	fd = program_fd(fd);
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_fdatasync, fd);
	return (int)as_errno(CANCEL_POINT(HOP(SYS_fdatasync, fd)));
}

INTERPOSE(void, sync, (void))
{
	(void)HOP_NO_CANCEL(SYS_sync);
}

INTERPOSE(int, syncfs, (int fd))
{
	fd = program_fd(fd);
	return (int)as_errno(HOP_NO_CANCEL(SYS_syncfs, fd));
}

INTERPOSE(int, sync_file_range, (int fd, off_t at, off_t n, unsigned int flags))
{
	fd = program_fd(fd);
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_sync_file_range, fd, at, n, flags);
	return (int)as_errno(
		CANCEL_POINT(HOP(SYS_sync_file_range, fd, at, n, flags)));
}

INTERPOSE(int, msync, (void *start, size_t n, int flags))
{
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_msync, start, n, flags);
	if (!(flags & MS_SYNC))
		return (int)as_errno(
			CANCEL_POINT(raw_syscall(SYS_msync, start, n, flags)));
	return (int)as_errno(CANCEL_POINT(HOP(SYS_msync, start, n, flags)));
}

/* The kernel may have to search for blocks, or to clear them: hop. */
INTERPOSE(int, fallocate, (int fd, int mode, off_t at, off_t n))
{
	fd = program_fd(fd);
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_fallocate, fd, mode, at, n);
	return (int)as_errno(CANCEL_POINT(HOP(SYS_fallocate, fd, mode, at, n)));
}
INTERPOSE_ALIAS(fallocate64, fallocate)

/* Returns an error number.  libc's function writes to each block itself where
 * the file system has no fallocate(). */
INTERPOSE(int, posix_fallocate, (int fd, off_t at, off_t n))
{
	fd = program_fd(fd);
	return IN_HOP_UNTIL(true, false, IS_EINTR,
			    LIBC(posix_fallocate, "GLIBC_2.2.5")(fd, at, n));
}
INTERPOSE_ALIAS(posix_fallocate64, posix_fallocate)

/* Take a free lock in place, without a hop. */
INTERPOSE(int, flock, (int fd, int how))
{
	long r;

	fd = program_fd(fd);
	if (!rt_fiber() || (how & LOCK_NB))
		return (int)PASS(SYS_flock, fd, how);
	r = raw_syscall(SYS_flock, fd, how | LOCK_NB);
	if (r == -EAGAIN)
		r = HOP_NO_CANCEL(SYS_flock, fd, how);
	return (int)as_errno(r);
}

/* lockf(3): locks of fcntl(), from the position of the file on. */
INTERPOSE(int, lockf, (int fd, int what, off_t n))
{
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_CUR,
			      .l_len = n };

	switch (what) {
	case F_ULOCK:
		lock.l_type = F_UNLCK;
		return fcntl(fd, F_SETLK, &lock);
	case F_LOCK:
		return fcntl(fd, F_SETLKW, &lock);
	case F_TLOCK:
		return fcntl(fd, F_SETLK, &lock);
	case F_TEST:
		lock.l_type = F_RDLCK;
		if (fcntl(fd, F_GETLK, &lock) < 0)
			return -1;
		if (lock.l_type == F_UNLCK || lock.l_pid == getpid())
			return 0;
		return (int)as_errno(-EACCES);
	}
	return (int)as_errno(-EINVAL);
}
INTERPOSE_ALIAS(lockf64, lockf)
