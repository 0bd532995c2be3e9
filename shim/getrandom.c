/*
 * getrandom.c - random bytes.  The kernel waits only early after the boot,
 * until it has gathered enough randomness.
 *
 * Since glibc 2.41 libc takes the bytes from the vDSO, which makes no system
 * call and is not a cancellation point.  libc's function is called then.
 */
#include <sys/random.h>

#include "interpose.h"
#include "number/syscall_dispatch.h"

static long fill_by_kernel(void *buf, size_t n, unsigned int flags,
			   bool cancels)
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

/* By libc, which asks the vDSO.  -EAGAIN: the kernel may have to be waited for.
 * errno is kept. */
static long fill_by_libc(void *buf, size_t n, unsigned int flags)
{
	int error = errno;
	long r = LIBC(getrandom, "GLIBC_2.25")(buf, n, flags | GRND_NONBLOCK);

	if (r < 0) {
		r = -errno;
		errno = error;
	}
	return r;
}

static long fill(void *buf, size_t n)
{
	long r = tcb_random_offset ? fill_by_libc(buf, n, 0) : -EAGAIN;

	return r == -EAGAIN ? fill_by_kernel(buf, n, 0, false) : r;
}

INTERPOSE(ssize_t, getrandom, (void *buf, size_t n, unsigned int flags))
{
	long r;

	if (!rt_started)
		return LIBC(getrandom, "GLIBC_2.25")(buf, n, flags);
	if (tcb_random_offset) {
		r = fill_by_libc(buf, n, flags);
		if (r != -EAGAIN || (flags & GRND_NONBLOCK))
			return as_errno(r);
	}
	return as_errno(CANCEL_POINT(fill_by_kernel(buf, n, flags, true)));
}

/* getentropy(3): all bytes or none; not a cancellation point. */
INTERPOSE(int, getentropy, (void *buf, size_t n))
{
	char *at = buf;
	long r;

	if (n > 256)
		return (int)as_errno(-EIO);
	while (n > 0) {
		r = fill(at, n);
		if (r == -EINTR)
			continue;
		if (r <= 0)
			return (int)as_errno(r < 0 ? r : -EIO);
		at += r;
		n -= (size_t)r;
	}
	return 0;
}

/* syscall(2) is not a cancellation point, and does not ask the vDSO. */
BY_NUMBER(getrandom)
{
	*r = as_errno(fill_by_kernel((void *)a[0], (size_t)a[1],
				     (unsigned int)a[2], false));
	return true;
}
