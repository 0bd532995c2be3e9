/* syscall_wait.c - calls by number that wait in the kernel, on a hop: libc has
 * no function for them, or none with all of the kernel's arguments. */
#include <sys/wait.h>

#include "number/syscall_dispatch.h"

BY_NUMBER(hop)
{
	*r = as_errno(HOP_NO_RESTART(nr, a[0], a[1], a[2], a[3], a[4], a[5]));
	return true;
}

BY_NUMBER(io_getevents)
{
	long min_events = a[1];

	return min_events > 0 && by_number_hop(nr, a, r);
}

/* libc's function has no rusage argument. */
BY_NUMBER(waitid)
{
	if (a[4] && rt_fiber())
		return by_number_hop(nr, a, r);
	*r = waitid((idtype_t)a[0], (id_t)a[1], (siginfo_t *)a[2], (int)a[3]);
	return true;
}
