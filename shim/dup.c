/*
 * dup.c - duplicating descriptors.
 */
#include "descriptor.h"

INTERPOSE(int, dup, (int old))
{
	long fd;

	if (hidden_fd(old))
		return (int)as_errno(-EBADF);
	fd = lowest_fd(raw_syscall(SYS_dup, old), 0);
	if (fd >= 0)
		fdtab_duped((int)fd, old);
	return (int)as_errno(fd);
}

/* dup2(2), dup3(2): make fd, which may be open, a duplicate of old.  Do not
 * close fd in the table if old is not open: the kernel will not close fd
 * either. */
static long dup_onto(int old, int fd, int flags)
{
	long r;

	if (hidden_fd(old))
		return -EBADF;
	if (old != fd && raw_syscall(SYS_fcntl, old, F_GETFD) >= 0) {
		if (hidden_fd(fd)) {
			r = fdtab_vacate(fd);
			if (r < 0)
				return r;
		}
		if (fd >= 0)
			fdtab_closing(fd);
	}
	r = raw_syscall(SYS_dup3, old, fd, flags);
	if (r >= 0)
		fdtab_duped(fd, old);
	return r;
}

INTERPOSE(int, dup2, (int old, int fd))
{
	/* dup2(2): if old is open, do nothing.  dup3() would return EINVAL. */
	if (old == fd && !hidden_fd(old))
		return (int)PASS(SYS_dup2, old, fd);
	return (int)as_errno(dup_onto(old, fd, 0));
}
INTERPOSE_ALIAS(__dup2, dup2)

INTERPOSE(int, dup3, (int old, int fd, int flags))
{
	return (int)as_errno(dup_onto(old, fd, flags));
}
