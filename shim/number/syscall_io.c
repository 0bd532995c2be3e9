/* syscall_io.c - calls by number that make descriptors or write them out, where
 * no interposer takes the kernel's arguments. */
#include <sys/signalfd.h>

#include "number/syscall_dispatch.h"

/* signalfd, the older of the two calls, has no flags. */
BY_NUMBER(signalfd)
{
	int flags = nr == SYS_signalfd4 ? (int)a[3] : 0;

	if (a[2] != KERNEL_SIGSET_SIZE)
		return false;
	*r = signalfd((int)a[0], (sigset_t *)a[1], flags);
	return true;
}

/* libc has no function for openat2. */
BY_NUMBER(openat2)
{
	long fd = HOP(nr, a[0], a[1], a[2], a[3]);
	const uint64_t *flags = (const uint64_t *)a[2]; /* how's first */

	*r = as_errno(new_fd(fd, FD_UNKNOWN, fd >= 0 && (*flags & O_NONBLOCK)));
	return true;
}

BY_NUMBER(sync)
{
	sync();
	*r = 0;
	return true;
}
