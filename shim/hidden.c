/*
 * hidden.c - calls that take a descriptor and need the shim for nothing but
 * this: a descriptor of the runtime's is not open to the program, EBADF.  The
 * kernel answers each of them at once.
 */
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <termios.h>

#include "descriptor.h"

INTERPOSE(int, fstat, (int fd, struct stat *st))
{
	return (int)PASS(SYS_fstat, program_fd(fd), st);
}

INTERPOSE(int, fstat64, (int fd, struct stat64 *st))
{
	return (int)PASS(SYS_fstat, program_fd(fd), st);
}

/* What programs call that were linked before glibc 2.33. */
int __fxstat(int version, int fd, struct stat *st);
INTERPOSE(int, __fxstat, (int version, int fd, struct stat *st))
{
	return LIBC(__fxstat, "GLIBC_2.2.5")(version, program_fd(fd), st);
}

int __fxstat64(int version, int fd, struct stat64 *st);
INTERPOSE(int, __fxstat64, (int version, int fd, struct stat64 *st))
{
	return LIBC(__fxstat64, "GLIBC_2.2.5")(version, program_fd(fd), st);
}

INTERPOSE(int, fstatfs, (int fd, struct statfs *st))
{
	return (int)PASS(SYS_fstatfs, program_fd(fd), st);
}

INTERPOSE(int, fstatfs64, (int fd, struct statfs64 *st))
{
	return (int)PASS(SYS_fstatfs, program_fd(fd), st);
}

INTERPOSE(off_t, lseek, (int fd, off_t at, int whence))
{
	return PASS(SYS_lseek, program_fd(fd), at, whence);
}
INTERPOSE_ALIAS(lseek64, lseek)
INTERPOSE_ALIAS(__lseek, lseek)

INTERPOSE(int, ftruncate, (int fd, off_t size))
{
	return (int)PASS(SYS_ftruncate, program_fd(fd), size);
}
INTERPOSE_ALIAS(ftruncate64, ftruncate)

INTERPOSE(int, fchmod, (int fd, mode_t mode))
{
	return (int)PASS(SYS_fchmod, program_fd(fd), mode);
}

INTERPOSE(int, fchown, (int fd, uid_t owner, gid_t group))
{
	return (int)PASS(SYS_fchown, program_fd(fd), owner, group);
}

INTERPOSE(int, fchdir, (int fd))
{
	return (int)PASS(SYS_fchdir, program_fd(fd));
}

INTERPOSE(int, futimens, (int fd, const struct timespec times[2]))
{
	/* With AT_FDCWD, utimensat() would be asked for a name. */
	if (fd < 0)
		return (int)as_errno(-EBADF);
	return (int)PASS(SYS_utimensat, program_fd(fd), NULL, times, 0);
}

INTERPOSE(ssize_t, flistxattr, (int fd, char *list, size_t size))
{
	return PASS(SYS_flistxattr, program_fd(fd), list, size);
}

INTERPOSE(ssize_t, fgetxattr,
	  (int fd, const char *name, void *value, size_t size))
{
	return PASS(SYS_fgetxattr, program_fd(fd), name, value, size);
}

INTERPOSE(int, fsetxattr,
	  (int fd, const char *name, const void *value, size_t size, int flags))
{
	return (int)PASS(SYS_fsetxattr, program_fd(fd), name, value, size,
			 flags);
}

INTERPOSE(int, fremovexattr, (int fd, const char *name))
{
	return (int)PASS(SYS_fremovexattr, program_fd(fd), name);
}

INTERPOSE(int, bind, (int fd, __CONST_SOCKADDR_ARG sa, socklen_t length))
{
	return (int)PASS(SYS_bind, program_fd(fd), sa.__sockaddr__, length);
}

INTERPOSE(int, getsockname,
	  (int fd, __SOCKADDR_ARG sa, socklen_t *restrict length))
{
	return (int)PASS(SYS_getsockname, program_fd(fd), sa.__sockaddr__,
			 length);
}

INTERPOSE(int, getpeername,
	  (int fd, __SOCKADDR_ARG sa, socklen_t *restrict length))
{
	return (int)PASS(SYS_getpeername, program_fd(fd), sa.__sockaddr__,
			 length);
}

INTERPOSE(int, timerfd_settime,
	  (int fd, int flags, const struct itimerspec *value,
	   struct itimerspec *before))
{
	return (int)PASS(SYS_timerfd_settime, program_fd(fd), flags, value,
			 before);
}

INTERPOSE(int, timerfd_gettime, (int fd, struct itimerspec *value))
{
	return (int)PASS(SYS_timerfd_gettime, program_fd(fd), value);
}

INTERPOSE(int, inotify_add_watch, (int fd, const char *path, uint32_t mask))
{
	return (int)PASS(SYS_inotify_add_watch, program_fd(fd), path, mask);
}

INTERPOSE(int, inotify_rm_watch, (int fd, int watch))
{
	return (int)PASS(SYS_inotify_rm_watch, program_fd(fd), watch);
}

INTERPOSE(int, tcgetattr, (int fd, struct termios *how))
{
	return LIBC(tcgetattr, "GLIBC_2.2.5")(program_fd(fd), how);
}

INTERPOSE(int, isatty, (int fd))
{
	struct termios how;

	return tcgetattr(fd, &how) == 0;
}
