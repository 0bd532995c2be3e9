/*
 * getaddrinfo_a.c - asynchronous name lookups.
 *
 * libc does the lookups on kernel threads of its own and waits for them in the
 * kernel, so fibers hop to call these functions, as in aio.c.  getaddrinfo()
 * needs no interposer: it waits in calls that the libc door leads to the shim.
 */
#include <netdb.h>

#include "descriptor.h"

/* getaddrinfo_a(3): with GAI_WAIT, no signal interrupts the call. */
INTERPOSE(int, getaddrinfo_a,
	  (int mode, struct gaicb *list[restrict], int n,
	   struct sigevent *restrict event))
{
	return IN_HOP(LIBC(getaddrinfo_a, "GLIBC_2.34")(mode, list, n, event));
}

INTERPOSE(int, gai_cancel, (struct gaicb * cb))
{
	return IN_HOP(LIBC(gai_cancel, "GLIBC_2.34")(cb));
}

/* Not a cancellation point. */
INTERPOSE(int, gai_suspend,
	  (const struct gaicb *const list[], int n,
	   const struct timespec *timeout))
{
	uint64_t deadline = deadline_in(timeout);
	struct timespec left;
	int r;

	if (!rt_fiber())
		return LIBC(gai_suspend, "GLIBC_2.34")(list, n, timeout);
	do {
		if (timeout) {
			left = time_left(deadline);
			timeout = &left;
		}
		r = IN_HOP(LIBC(gai_suspend, "GLIBC_2.34")(list, n, timeout));
	} while (r == EAI_INTR && !signal_interrupted(!timeout, false));
	return r;
}
