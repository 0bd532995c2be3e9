/*
 * select.c - select(2) and pselect(2), by way of poll.
 *
 * In the kernel select() polls bit sets, with fixed rules for which events
 * count for which set.  The same rules are applied here, from sets to events
 * and back.  The sets may be larger than FD_SETSIZE: as in the kernel, only
 * whole words up to the highest descriptor are read and written, and none
 * beyond the process's table of descriptors (io_select_span()).
 */
#include <string.h>
#include <sys/select.h>

#include "descriptor.h"
#include "door/libc_door.h"

#define WORD_BITS (8 * sizeof(unsigned long))
#define FDS_LOCAL 64

/* fs/select.c in Linux: the poll events that make a descriptor ready.  POLLNVAL:
 * it was closed during the call. */
#define EVENTS_IN  (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR)
#define EVENTS_OUT (POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR)
#define EVENTS_EX  POLLPRI

struct sets {
	int n;
	unsigned long *in, *out, *ex; /* copies; each may be NULL */
};

/* The caller's. */
struct user_sets {
	void *in, *out, *ex;
};

static bool set_has(const unsigned long *set, int fd)
{
	return set &&
	       (set[(size_t)fd / WORD_BITS] >> ((size_t)fd % WORD_BITS) & 1);
}

static void set_add(unsigned long *set, int fd)
{
	set[(size_t)fd / WORD_BITS] |= 1ul << ((size_t)fd % WORD_BITS);
}

static size_t words_of(const struct sets *s)
{
	return ((size_t)s->n + WORD_BITS - 1) / WORD_BITS;
}

static unsigned long members(const struct sets *s, size_t word)
{
	return (s->in ? s->in[word] : 0) | (s->out ? s->out[word] : 0) |
	       (s->ex ? s->ex[word] : 0);
}

static unsigned int select_count(const struct sets *s)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < words_of(s); i++)
		n += (unsigned int)__builtin_popcountl(members(s, i));
	return n;
}

/* Fill p, which has room for select_count() entries.  Returns the number of
 * entries, which leave out bits beyond n. */
static unsigned int to_poll(const struct sets *s, struct pollfd *p)
{
	unsigned int m = 0;
	size_t i;

	for (i = 0; i < words_of(s); i++) {
		unsigned long bits = members(s, i);

		for (; bits; bits &= bits - 1) {
			int fd = (int)(i * WORD_BITS) + __builtin_ctzl(bits);

			if (fd >= s->n)
				break;
			p[m].fd = fd;
			p[m].events = 0;
			p[m].revents = 0;
			if (set_has(s->in, fd))
				p[m].events |= EVENTS_IN;
			if (set_has(s->out, fd))
				p[m].events |= EVENTS_OUT;
			if (set_has(s->ex, fd))
				p[m].events |= EVENTS_EX;
			m++;
		}
	}
	return m;
}

/* The sets that the events of an entry belong to, as POLLIN, POLLOUT,
 * POLLPRI. */
static int in_sets(const struct pollfd *p)
{
	int wanted = p->events & (POLLIN | POLLOUT | POLLPRI), is = 0;

	if (p->revents & (EVENTS_IN | POLLNVAL))
		is |= POLLIN;
	if (p->revents & (EVENTS_OUT | POLLNVAL))
		is |= POLLOUT;
	if (p->revents & (EVENTS_EX | POLLNVAL))
		is |= POLLPRI;
	return wanted & is;
}

/* Write the ready descriptors (else the wanted ones) to the sets.  Returns the
 * number of bits set, as select(2) does. */
static int to_sets(const struct sets *s, const struct pollfd *p, unsigned int m,
		   bool is_ready)
{
	size_t bytes = words_of(s) * sizeof(unsigned long);
	unsigned int i;
	int n = 0;

	if (s->in)
		memset(s->in, 0, bytes);
	if (s->out)
		memset(s->out, 0, bytes);
	if (s->ex)
		memset(s->ex, 0, bytes);
	for (i = 0; i < m; i++) {
		int which = is_ready ? in_sets(&p[i]) : p[i].events;

		if (which & POLLIN)
			n++, set_add(s->in, p[i].fd);
		if (which & POLLOUT)
			n++, set_add(s->out, p[i].fd);
		if (which & POLLPRI)
			n++, set_add(s->ex, p[i].fd);
	}
	return n;
}

/* A descriptor is not open.  Ask the kernel whether that is an error: select()
 * ignores descriptors beyond the kernel's table.  Returns the result of
 * select(); if that is 0, removes the closed descriptors from p. */
static long drop_closed(const struct sets *s, struct pollfd *p, unsigned int *m)
{
	struct timeval zero = { 0, 0 };
	unsigned int i, kept = 0;
	long r;

	for (i = 0; i < *m; i++)
		if (hidden_fd(p[i].fd))
			return -EBADF;
	r = raw_syscall(SYS_select, s->n, s->in, s->out, s->ex, &zero);
	if (r != 0)
		return r;
	for (i = 0; i < *m; i++)
		if (!(p[i].revents & POLLNVAL))
			p[kept++] = p[i];
	*m = kept;
	return 0;
}

static long select_wait_for(const struct sets *s, struct pollfd *p,
			    unsigned int m, uint64_t deadline_ns)
{
	struct timespec left;
	unsigned int i;
	long r;

	for (;;) {
		bool closed = false, any = false, waited;

		r = io_poll_waited(p, m, deadline_ns, &waited);
		if (r < 0)
			return r;
		for (i = 0; i < m; i++) {
			closed |= !waited && (p[i].revents & POLLNVAL);
			any |= in_sets(&p[i]) != 0;
		}
		if (r == 0 || (any && !closed))
			return to_sets(s, p, m, true);
		if (!closed)
			break;
		r = drop_closed(s, p, &m);
		if (r != 0)
			return r;
	}
	/* A hang-up that counts for none of the sets: poll() would return at
	 * once each time, but select() has to wait. */
	to_sets(s, p, m, false);
	left = time_left(deadline_ns);
	return HOP_NO_RESTART(SYS_pselect6, s->n, s->in, s->out, s->ex,
			      deadline_ns == GREEN_FOREVER ? NULL : &left,
			      NULL);
}

static long select_on(const struct sets *s, uint64_t deadline_ns)
{
	struct pollfd local[FDS_LOCAL], *p = local;
	unsigned int m = select_count(s);
	size_t bytes = m * sizeof(*p);
	long r;

	if (m > FDS_LOCAL) {
		/* Not malloc: a signal handler may call select. */
		p = rt_map(bytes);
		if (!p)
			return -ENOMEM;
	}
	r = select_wait_for(s, p, to_poll(s, p), deadline_ns);
	if (p != local)
		raw_syscall(SYS_munmap, p, bytes);
	return r;
}

static long copy_in(struct sets *s, const struct user_sets *user,
		    unsigned long *room)
{
	size_t words = words_of(s), bytes = words * sizeof(*room);

	s->in = user->in ? room : NULL;
	s->out = user->out ? room + words : NULL;
	s->ex = user->ex ? room + 2 * words : NULL;
	return (s->in && user_copy(s->in, user->in, bytes) < 0) ||
			       (s->out &&
				user_copy(s->out, user->out, bytes) < 0) ||
			       (s->ex && user_copy(s->ex, user->ex, bytes) < 0)
		       ? -EFAULT
		       : 0;
}

static long copy_out(const struct sets *s, const struct user_sets *user)
{
	size_t bytes = words_of(s) * sizeof(*s->in);

	return (s->in && user_copy(user->in, s->in, bytes) < 0) ||
			       (s->out &&
				user_copy(user->out, s->out, bytes) < 0) ||
			       (s->ex && user_copy(user->ex, s->ex, bytes) < 0)
		       ? -EFAULT
		       : 0;
}

/* As in the kernel, the caller's sets are read before the wait, and written
 * after it unless it failed. */
static long select_until(int n, const struct user_sets *user,
			 uint64_t deadline_ns)
{
	struct sets s = { .n = io_select_span(n) };
	unsigned long local[3 * FD_SETSIZE / WORD_BITS], *room = local;
	size_t bytes;
	long r;

	if (n < 0)
		return -EINVAL;
	bytes = 3 * words_of(&s) * sizeof(*room);
	if (bytes > sizeof(local)) {
		room = rt_map(bytes);
		if (!room)
			return -ENOMEM;
	}
	r = copy_in(&s, user, room);
	if (r == 0)
		r = select_on(&s, deadline_ns);
	if (r >= 0 && copy_out(&s, user) < 0)
		r = -EFAULT;
	if (room != local)
		raw_syscall(SYS_munmap, room, bytes);
	return r;
}

/* select(2): Linux stores the time that is left in timeout. */
static long select_timed(int n, fd_set *in, fd_set *out, fd_set *ex,
			 struct timeval *timeout)
{
	struct user_sets user = { in, out, ex };
	struct timespec ts;
	struct timeval tv;
	uint64_t deadline_ns;
	long r;

	if (!timeout)
		return select_until(n, &user, GREEN_FOREVER);
	if (USER_GET(&tv, timeout) < 0)
		return -EFAULT;
	if (tv.tv_sec < 0 || tv.tv_usec < 0)
		return -EINVAL;
	if (!tv.tv_sec && !tv.tv_usec)
		return select_until(n, &user, DEADLINE_NOW);
	ts.tv_sec = tv.tv_sec + tv.tv_usec / 1000000;
	ts.tv_nsec = tv.tv_usec % 1000000 * 1000;
	deadline_ns = deadline_in(&ts);
	r = select_until(n, &user, deadline_ns);
	if (deadline_ns != GREEN_FOREVER) {
		ts = time_left(deadline_ns);
		tv.tv_sec = ts.tv_sec;
		tv.tv_usec = ts.tv_nsec / 1000;
		/* The kernel ignores a failure here, too. */
		USER_PUT(timeout, &tv);
	}
	return r;
}

INTERPOSE(int, select,
	  (int n, fd_set *restrict in, fd_set *restrict out,
	   fd_set *restrict ex, struct timeval *restrict timeout))
{
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_select, io_select_span(n), in, out,
					ex, timeout);
	return (int)as_errno(
		CANCEL_POINT(select_timed(n, in, out, ex, timeout)));
}
INTERPOSE_ALIAS(__select, select)
LIBC_DOOR(select)

static long select_masked(int n, fd_set *in, fd_set *out, fd_set *ex,
			  const struct timespec *timeout, const sigset_t *mask)
{
	struct user_sets user = { in, out, ex };
	struct timespec ts;
	uint64_t bits;
	long r = wait_limits(timeout, &ts, mask, &bits);

	/* pselect(2) does not change the caller's timeout. */
	if (r < 0)
		return r;
	return UNDER_MASK(mask ? &bits : NULL,
			  select_until(n, &user,
				       wait_deadline(timeout ? &ts : NULL)));
}

static long select_by_kernel(int n, fd_set *in, fd_set *out, fd_set *ex,
			     const struct timespec *timeout,
			     const sigset_t *mask)
{
	struct {
		const sigset_t *mask;
		size_t size;
	} masked = { mask, KERNEL_SIGSET_SIZE };
	struct timespec left;

	if (timeout)
		left = *timeout;
	return RAW_CANCEL(SYS_pselect6, io_select_span(n), in, out, ex,
			  timeout ? &left : NULL, &masked);
}

INTERPOSE(int, pselect,
	  (int n, fd_set *restrict in, fd_set *restrict out,
	   fd_set *restrict ex, const struct timespec *restrict timeout,
	   const sigset_t *restrict mask))
{
	if (!rt_fiber())
		return (int)as_errno(
			select_by_kernel(n, in, out, ex, timeout, mask));
	return (int)as_errno(
		CANCEL_POINT(select_masked(n, in, out, ex, timeout, mask)));
}
