/*
 * open.c - opening files by name.
 *
 * open() of a FIFO waits for the other end, so the fiber hops; other files are
 * opened in place.  An attempt with O_NONBLOCK would not do: a writer gets
 * ENXIO, and the open of a reader would already wake the other end.
 */
#include <linux/openat2.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "descriptor.h"
#include "door/libc_door.h"

/* The same test as in glibc: with these flags there is a third argument. */
#define NEEDS_MODE(flags)                                                      \
	(((flags)&O_CREAT) || ((flags)&O_TMPFILE) == O_TMPFILE)

static bool open_may_wait(int dir, const char *path, int flags)
{
	struct stat st;
	int how = flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0;

	/* fifo(7): an open for reading and writing never waits. */
	if (!rt_fiber() || (flags & (O_NONBLOCK | O_PATH | O_DIRECTORY)) ||
	    (flags & O_ACCMODE) == O_RDWR)
		return false;
	return raw_syscall(SYS_newfstatat, dir, path, &st, how) == 0 &&
	       S_ISFIFO(st.st_mode);
}

static long open_in(int dir, const char *path, int flags, mode_t mode)
{
	long fd;

	if (open_may_wait(dir, path, flags))
		fd = HOP(SYS_openat, dir, path, flags, mode);
	else
		fd = RAW_CANCEL(SYS_openat, dir, path, flags, mode);
	return new_fd(fd, FD_UNKNOWN, flags & O_NONBLOCK);
}

static int open_at(int dir, const char *path, int flags, mode_t mode)
{
	if (!rt_fiber())
		return (int)as_errno(open_in(dir, path, flags, mode));
	return (int)as_errno(CANCEL_POINT(open_in(dir, path, flags, mode)));
}

INTERPOSE(int, open, (const char *path, int flags, ...))
{
	mode_t mode = 0;
	va_list ap;

	if (NEEDS_MODE(flags)) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return open_at(AT_FDCWD, path, flags, mode);
}
INTERPOSE_ALIAS(open64, open)
INTERPOSE_ALIAS(__open, open)
INTERPOSE_ALIAS(__open64, open)
LIBC_DOOR(open)

INTERPOSE(int, openat, (int dir, const char *path, int flags, ...))
{
	mode_t mode = 0;
	va_list ap;

	if (NEEDS_MODE(flags)) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return open_at(dir, path, flags, mode);
}
INTERPOSE_ALIAS(openat64, openat)

/* libc has it since 2.43.  The flags may ask for what open() does not know, so
 * the kernel decides, on a hop. */
static long open_how(int dir, const char *path, const struct open_how *how,
		     size_t size)
{
	long fd = HOP(SYS_openat2, dir, path, how, size);

	/* If there is a descriptor, the kernel could read the flags. */
	return new_fd(fd, FD_UNKNOWN, fd >= 0 && (how->flags & O_NONBLOCK));
}

INTERPOSE(int, openat2,
	  (int dir, const char *path, const struct open_how *how, size_t size))
{
	return (int)as_errno(CANCEL_POINT(open_how(dir, path, how, size)));
}

INTERPOSE(int, creat, (const char *path, mode_t mode))
{
	return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
INTERPOSE_ALIAS(creat64, creat)

/* The fortified names take no mode.  If the flags need one, libc's function
 * aborts the program with a message. */
INTERPOSE(int, __open_2, (const char *path, int flags))
{
	if (NEEDS_MODE(flags))
		return LIBC(__open_2, "GLIBC_2.7")(path, flags);
	return open_at(AT_FDCWD, path, flags, 0);
}
INTERPOSE_ALIAS(__open64_2, __open_2)

INTERPOSE(int, __openat_2, (int dir, const char *path, int flags))
{
	if (NEEDS_MODE(flags))
		return LIBC(__openat_2, "GLIBC_2.7")(dir, path, flags);
	return open_at(dir, path, flags, 0);
}
INTERPOSE_ALIAS(__openat64_2, __openat_2)
