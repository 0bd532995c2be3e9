/*
 * syscall.c - syscall(2) and gettid(2).
 *
 * A call that an interposer would handle goes to that interposer, so that
 * both spellings mean the same (number/syscall_dispatch.c).  Everything else
 * goes to the kernel in place.
 */
#include <stdarg.h>

#include "number/syscall_dispatch.h"

INTERPOSE(pid_t, gettid, (void))
{
	return (pid_t)own_tid();
}

INTERPOSE(long, syscall, (long nr, ...))
{
	long a[6], r;
	va_list ap;
	int i;

	va_start(ap, nr);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);

	if (syscall_dispatch(nr, a, &r))
		return r;
	return PASS(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}
