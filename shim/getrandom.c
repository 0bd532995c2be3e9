/*
 * getrandom.c - random bytes.  The kernel waits only early after the boot,
 * until it has gathered enough randomness.
 */
#include <sys/random.h>

#include "interpose.h"

static long fill(void *buf, size_t n, unsigned int flags, bool cancels)
{
	long r;

	if (!rt_fiber() || (flags & GRND_NONBLOCK))
		return raw_syscall(SYS_getrandom, buf, n, flags);
	r = raw_syscall(SYS_getrandom, buf, n, flags | GRND_NONBLOCK);
	if (r != -EAGAIN)
		return r;
	return IN_HOP_UNTIL(true, cancels, SAYS_EINTR,
			    raw_syscall(SYS_getrandom, buf, n, flags));
}

INTERPOSE(ssize_t, getrandom, (void *buf, size_t n, unsigned int flags))
{
	return as_errno(CANCEL_POINT(fill(buf, n, flags, true)));
}

/* getentropy(3): all bytes or none; not a cancellation point. */
INTERPOSE(int, getentropy, (void *buf, size_t n))
{
	char *at = buf;
	long r;

	if (n > 256)
		return (int)as_errno(-EIO);
	while (n > 0) {
		r = fill(at, n, 0, false);
		if (r == -EINTR)
			continue;
		if (r <= 0)
			return (int)as_errno(r < 0 ? r : -EIO);
		at += r;
		n -= (size_t)r;
	}
	return 0;
}
