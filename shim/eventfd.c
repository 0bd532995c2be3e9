/*
 * eventfd.c - descriptors that do not stand for a named file: eventfd, timerfd,
 * signalfd, inotify, memfd.  Reads of them are in read.c.
 */
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "descriptor.h"

INTERPOSE(int, eventfd, (unsigned int count, int flags))
{
	return (int)as_errno(new_fd(raw_syscall(SYS_eventfd2, count, flags),
				    FD_PIPE, flags & EFD_NONBLOCK));
}

INTERPOSE(int, eventfd_read, (int fd, eventfd_t *value))
{
	return read(fd, value, sizeof(*value)) == sizeof(*value) ? 0 : -1;
}

INTERPOSE(int, eventfd_write, (int fd, eventfd_t value))
{
	return write(fd, &value, sizeof(value)) == sizeof(value) ? 0 : -1;
}

INTERPOSE(int, timerfd_create, (clockid_t clock, int flags))
{
	return (int)as_errno(
		new_fd(raw_syscall(SYS_timerfd_create, clock, flags), FD_PIPE,
		       flags & TFD_NONBLOCK));
}

/* signalfd(2): fd -1 makes a new descriptor; otherwise the mask of fd
 * changes. */
INTERPOSE(int, signalfd, (int fd, const sigset_t *mask, int flags))
{
	long r = hidden_fd(fd) ? -EBADF
			       : raw_syscall(SYS_signalfd4, fd, mask,
					     KERNEL_SIGSET_SIZE, flags);

	if (fd == -1)
		new_fd(r, FD_UNKNOWN, flags & SFD_NONBLOCK);
	if (r >= 0) {
		uint64_t bits;

		memcpy(&bits, mask, sizeof(bits));
		signal_keep(bits);
	}
	return (int)as_errno(r);
}

INTERPOSE(int, inotify_init1, (int flags))
{
	return (int)as_errno(new_fd(raw_syscall(SYS_inotify_init1, flags),
				    FD_POLLED, flags & IN_NONBLOCK));
}

INTERPOSE(int, inotify_init, (void))
{
	return inotify_init1(0);
}

INTERPOSE(int, memfd_create, (const char *name, unsigned int flags))
{
	return (int)as_errno(new_fd(raw_syscall(SYS_memfd_create, name, flags),
				    FD_FILE, false));
}
