/*
 * syscall_poll.c - waiting for several descriptors, or for the time, by number.
 *
 * Where libc's function takes a signal set, the kernel's call also has the
 * set's size.  A size other than libc's is an error, which is left to the
 * kernel to find.
 */
#include <sys/epoll.h>
#include <sys/select.h>

#include "number/syscall_dispatch.h"

/* The kernel writes the time left into the timeout; libc hides that. */
static long timed(struct timespec *timeout, uint64_t deadline_ns, long r)
{
	struct timespec ts;

	if (timeout && USER_GET(&ts, timeout) == 0 && timespec_valid(&ts)) {
		ts = time_left(deadline_ns);
		USER_PUT(timeout, &ts); /* the kernel ignores it, too */
	}
	return r;
}

static uint64_t deadline_of(const struct timespec *timeout)
{
	struct timespec ts;

	if (timeout && (USER_GET(&ts, timeout) < 0 || !timespec_valid(&ts)))
		return DEADLINE_NOW; /* an error; see timed() */
	return wait_deadline(timeout ? &ts : NULL);
}

/* pselect6's last argument: the signal set and its size. */
struct set_argument {
	sigset_t *set;
	size_t size;
};

BY_NUMBER(pselect6)
{
	struct set_argument s = { NULL, 0 };
	struct timespec *timeout = (struct timespec *)a[4];
	uint64_t deadline_ns;

	if (a[5] && (USER_GET(&s, (const void *)a[5]) < 0 ||
		     (s.set && s.size != KERNEL_SIGSET_SIZE)))
		return false;
	deadline_ns = deadline_of(timeout);
	*r = timed(timeout, deadline_ns,
		   pselect((int)a[0], (fd_set *)a[1], (fd_set *)a[2],
			   (fd_set *)a[3], timeout, s.set));
	return true;
}

BY_NUMBER(ppoll)
{
	struct timespec *timeout = (struct timespec *)a[2];
	uint64_t deadline_ns;

	if (a[3] && a[4] != KERNEL_SIGSET_SIZE)
		return false;
	deadline_ns = deadline_of(timeout);
	*r = timed(timeout, deadline_ns,
		   ppoll((struct pollfd *)a[0], (nfds_t)a[1], timeout,
			 (sigset_t *)a[3]));
	return true;
}

BY_NUMBER(epoll_pwait)
{
	if (a[4] && a[5] != KERNEL_SIGSET_SIZE)
		return false;
	*r = epoll_pwait((int)a[0], (struct epoll_event *)a[1], (int)a[2],
			 (int)a[3], (sigset_t *)a[4]);
	return true;
}

BY_NUMBER(epoll_pwait2)
{
	if (a[4] && a[5] != KERNEL_SIGSET_SIZE)
		return false;
	*r = epoll_pwait2((int)a[0], (struct epoll_event *)a[1], (int)a[2],
			  (struct timespec *)a[3], (sigset_t *)a[4]);
	return true;
}

/* libc's function returns the error, and one of its own for this clock. */
BY_NUMBER(clock_nanosleep)
{
	if ((clockid_t)a[0] == CLOCK_THREAD_CPUTIME_ID)
		return false;
	*r = as_errno(-clock_nanosleep((clockid_t)a[0], (int)a[1],
				       (struct timespec *)a[2],
				       (struct timespec *)a[3]));
	return true;
}
