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

BY_NUMBER(sync)
{
	sync();
	*r = 0;
	return true;
}
