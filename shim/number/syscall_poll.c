/*
 * Waiting for several descriptors, or for the time, by the calls' numbers.
 */
#include <sched.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "number/syscall_dispatch.h"

/* The kernel says in a timeout what was left of it; libc hides that. */
static long timed(struct timespec *timeout, uint64_t deadline_ns, long r)
{
	if (timeout && !bad_pointer(timeout) && timespec_valid(timeout))
		*timeout = time_left(deadline_ns);
	return r;
}

static uint64_t deadline_of(const struct timespec *timeout)
{
	if (timeout && (bad_pointer(timeout) || !timespec_valid(timeout)))
		return DEADLINE_NOW; /* an error; see timed() */
	return wait_deadline(timeout);
}

/* The signal set, and its size, of pselect6's last argument. */
struct set_argument {
	sigset_t *set;
	size_t size;
};

static bool pselect_call(const long a[6], long *r)
{
	const struct set_argument *s = (const struct set_argument *)a[5];
	struct timespec *timeout = (struct timespec *)a[4];
	uint64_t deadline_ns;

	if (s && (bad_pointer(s) || (s->set && s->size != KERNEL_SIGSET_SIZE)))
		return false;
	deadline_ns = deadline_of(timeout);
	*r = timed(timeout, deadline_ns,
		   pselect((int)a[0], (fd_set *)a[1], (fd_set *)a[2],
			   (fd_set *)a[3], timeout, s ? s->set : NULL));
	return true;
}

static bool ppoll_call(const long a[6], long *r)
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

/* poll and its kin.  The kernel's calls have a signal set's size as one more
 * argument: another size than libc's is an error that it must find. */
bool syscall_poll(long nr, const long a[6], long *r)
{
	int fd = (int)a[0], n = (int)a[2];
	void *p = (void *)a[1];

	if (!rt_fiber())
		return false;
	switch (nr) {
#ifdef SYS_poll
	case SYS_poll:
		*r = poll((struct pollfd *)a[0], (nfds_t)a[1], n);
		return true;
	case SYS_select:
		*r = select(fd, p, (fd_set *)a[2], (fd_set *)a[3],
			    (struct timeval *)a[4]);
		return true;
	case SYS_epoll_wait:
		*r = epoll_wait(fd, p, n, (int)a[3]);
		return true;
#endif
	case SYS_ppoll:
		return ppoll_call(a, r);
	case SYS_pselect6:
		return pselect_call(a, r);
	case SYS_epoll_pwait:
		if (a[4] && a[5] != KERNEL_SIGSET_SIZE)
			return false;
		*r = epoll_pwait(fd, p, n, (int)a[3], (sigset_t *)a[4]);
		return true;
	case SYS_epoll_pwait2:
		if (a[4] && a[5] != KERNEL_SIGSET_SIZE)
			return false;
		*r = epoll_pwait2(fd, p, n, (struct timespec *)a[3],
				  (sigset_t *)a[4]);
		return true;
	case SYS_nanosleep:
		*r = nanosleep((struct timespec *)a[0],
			       (struct timespec *)a[1]);
		return true;
	case SYS_clock_nanosleep:
		*r = as_errno(-clock_nanosleep((clockid_t)a[0], (int)a[1],
					       (struct timespec *)a[2],
					       (struct timespec *)a[3]));
		return true;
	case SYS_sched_yield:
		*r = sched_yield();
		return true;
	default:
		return false;
	}
}
