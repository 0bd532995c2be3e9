/*
 * poll of many descriptors: list the fiber on each, ask the kernel, park, ask
 * again.  Only the kernel's answer counts.
 *
 * As in the kernel, the call listens to the files that it began with, until it
 * returns; but what it answers is about what has their numbers by then.
 */
#include "base/map.h"
#include "io/io.h"

#define LOCAL_WAITS 32

int io_poll_now(struct pollfd *fds, unsigned long n)
{
	struct timespec zero = { 0, 0 };

	return (int)raw_syscall(SYS_ppoll, fds, n, &zero, 0, 8);
}

int io_poll_hop(struct pollfd *fds, unsigned long n, uint64_t deadline_ns)
{
	uint64_t now = deadline_ns == GREEN_FOREVER ? 0 : now_ns();
	uint64_t left = deadline_ns > now ? deadline_ns - now : 0;
	struct timespec ts = { (time_t)(left / NS_PER_SEC),
			       (long)(left % NS_PER_SEC) };
	int r;

	hop_enter();
	r = (int)raw_syscall(SYS_ppoll, fds, n,
			     deadline_ns == GREEN_FOREVER ? NULL : &ts, 0, 8);
	hop_leave();
	return r;
}

/* One call of poll. */
struct polled {
	struct pollfd *fds;
	struct iowait *w; /* one for each */
	unsigned long n;
	struct io_hold hold;
};

/* Make f a waiter on every fd that can wake it.  False: one can wake nobody, and
 * need not be ready. */
static bool list_all(struct polled *p, struct fiber *f, struct hub *h)
{
	struct pollfd *fds = p->fds;
	bool complete = true;
	unsigned long i;

	for (i = 0; i < p->n; i++) {
		struct iowait *w = &p->w[i];
		struct fdent *e;

		memset(w, 0, sizeof(*w));
		if (fds[i].fd < 0)
			continue;
		e = fdtab_peek(fds[i].fd);
		if (!e) {
			complete = false;
			continue;
		}
		w->fiber = f;
		w->stays = true;
		w->what = WAIT_READ; /* errors wake readers, always */
		if (fds[i].events & (POLLOUT | POLLWRNORM | POLLWRBAND))
			w->what |= WAIT_WRITE;
		spin_lock(&e->lock);
		if (fdtab_wants_hop(fdtab_listen_locked(e, w, h)))
			complete = false;
		spin_unlock(&e->lock);
	}
	p->hold = (struct io_hold){ NULL, p->w, p->n };
	f->holds = &p->hold;
	return complete;
}

/* The events of these are lost: there is no stand-in for the file. */
static int lost(struct polled *p)
{
	unsigned long i;
	int n = 0;

	for (i = 0; i < p->n; i++)
		if (p->w[i].held && !p->w[i].what) {
			p->fds[i].revents = POLLNVAL;
			n++;
		}
	return n;
}

static int poll_on_hop(struct polled *p, uint64_t deadline_ns)
{
	int r;

	do
		r = io_poll_hop(p->fds, p->n, deadline_ns);
	while (r == -EINTR && !signal_interrupted(false, true));
	return r;
}

static int poll_loop(struct polled *p, uint64_t deadline_ns)
{
	struct poll_set set = { p->fds, p->n };
	struct fiber *f = rt_fiber();
	unsigned long i;
	int r;

	for (i = 0; i < p->n; i++)
		if (p->fds[i].fd >= 0)
			fdtab_get(p->fds[i].fd); /* outside of the scheduler */
	for (;;) {
		struct hub *h = sched_enter(f);
		bool complete = true;
		enum wake why;

		park_prepare(f);
		if (f->holds != &p->hold)
			complete = list_all(p, f, h ? h : f->hub);
		r = io_poll_now(p->fds, p->n);
		if (r != 0) {
			/* A waker may have claimed f meanwhile: its claim is
			 * void once the state is RUNNING again. */
			park_abandon(f);
			sched_leave(f, h);
			return r;
		}
		if (UNLIKELY(!complete)) {
			park_abandon(f);
			sched_leave(f, h);
			io_call_end();
			return poll_on_hop(p, deadline_ns);
		}
		why = park(f, h, WAIT_POLL, &set, deadline_ns);
		park_leave(f);
		if (why == WAKE_CLOSED && (r = lost(p)) != 0)
			return r;
		if (why == WAKE_TIMEOUT)
			return io_poll_now(p->fds, p->n);
		if ((why == WAKE_INTR || f->signals_ran) &&
		    wait_interrupted(f, false)) {
			r = io_poll_now(p->fds, p->n);
			return r ? r : -EINTR;
		}
	}
}

/* A number that no process has. */
#define NOT_OPEN INT32_MAX

/* To the program, the runtime's descriptors are not open: POLLNVAL. */
static bool names_ours(const struct pollfd *fds, unsigned long n)
{
	unsigned long i;

	for (i = 0; i < n; i++)
		if (UNLIKELY(program_fd(fds[i].fd) != fds[i].fd))
			return true;
	return false;
}

static int poll_without_ours(struct pollfd *fds, unsigned long n)
{
	size_t bytes = n * sizeof(*fds);
	struct pollfd *copy = rt_map(bytes);
	unsigned long i;
	int r;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, fds, bytes);
	for (i = 0; i < n; i++)
		if (program_fd(fds[i].fd) != fds[i].fd)
			copy[i].fd = NOT_OPEN;
	r = io_poll_now(copy, n);
	for (i = 0; i < n; i++)
		fds[i].revents = copy[i].revents;
	raw_syscall(SYS_munmap, copy, bytes);
	return r;
}

int io_poll_waited(struct pollfd *fds, unsigned long n, uint64_t deadline_ns,
		   bool *waited)
{
	struct iowait local[LOCAL_WAITS];
	struct polled p = { .fds = fds, .w = local, .n = n };
	int r;

	*waited = false;
	r = io_poll_now(fds, n);
	/* The kernel has read the array: now we may, too. */
	if (UNLIKELY(r >= 0 && names_ours(fds, n)))
		r = poll_without_ours(fds, n);
	if (r != 0 || deadline_ns == 0)
		io_did_not_wait();
	if (r != 0)
		return r;
	if (deadline_ns == 0) {
		/* As on Linux, a signal that the call's mask unblocks comes
		 * before the timeout, even before a timeout of zero. */
		struct fiber *f = rt_fiber();

		return f->under_mask && wait_interrupted(f, false) ? -EINTR : 0;
	}
	if (n == 0) {
		r = green_sleep_until(deadline_ns);
		return r < 0 ? r : 0;
	}
	if (n > LOCAL_WAITS) {
		p.w = rt_map(n * sizeof(*p.w));
		if (!p.w)
			return -ENOMEM;
	}
	*waited = true;
	r = poll_loop(&p, deadline_ns);
	io_call_end();
	if (p.w != local)
		raw_syscall(SYS_munmap, p.w, n * sizeof(*p.w));
	return r;
}

int io_poll(struct pollfd *fds, unsigned long n, uint64_t deadline_ns)
{
	bool waited;

	return io_poll_waited(fds, n, deadline_ns, &waited);
}
