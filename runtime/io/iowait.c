/*
 * Waiting for one descriptor in the hub.
 *
 * No wake-up is lost: the entry's event counter is read before the try that
 * would block, and the fiber parks only if the counter has not changed since.
 */
#include "io/io.h"
#include "sched/runq.h"

int io_wait(struct fdent *e, int what, uint32_t seq, uint64_t deadline_ns,
	    bool exclusive, bool restartable)
{
	struct fiber *f = rt_fiber();
	struct hub *h = sched_enter(f);
	struct iowait w; /* its links: fdtab_listen_locked() */
	enum wake why;
	int r;

	spin_lock(&e->lock);
	if ((what == WAIT_READ ? e->rd_seq : e->wr_seq) != seq) {
		spin_unlock(&e->lock);
		sched_leave(f, h);
		return 0;
	}
	park_prepare(f);
	w.fiber = f;
	w.what = (uint8_t)what;
	w.exclusive = exclusive;
	r = fdtab_listen_locked(e, &w, h ? h : f->hub);
	spin_unlock(&e->lock);
	if (r < 0) {
		park_abandon(f);
		sched_leave(f, h);
		return r;
	}
	why = park(f, h, WAIT_FD, (void *)(fdtab_fd(e) | (intptr_t)what << 32),
		   deadline_ns);
	if (why != WAKE_EVENT && why != WAKE_CLOSED)
		iowait_unlist(&w);
	park_leave(f);
	if (why == WAKE_EVENT)
		return 0;
	if (why == WAKE_CLOSED)
		return -EBADF;
	if (why == WAKE_TIMEOUT)
		return -EAGAIN;
	if (why == WAKE_INTR && wait_interrupted(f, restartable))
		return -EINTR;
	return 0;
}

/*
 * Runnable fibers run at once, as a thread that the kernel wakes mostly does:
 * the caller may have released a lock for the length of this call, and may
 * take the lock again right after.
 */
void io_did_not_wait(void)
{
	struct fiber *f = green_self;
	struct hub *h = f->carrier->hub;

	/* Do not yield here: a handler could run under the temporary signal
	 * mask although the call does not wait. */
	if (f->under_mask)
		return;
	if (f->budget > 0 && h && !runq_empty(h))
		green_yield();
	else
		io_charge(f);
}

int io_ready_now(const struct fdent *e, short events)
{
	struct pollfd p = { fdtab_fd(e), events, 0 };

	return io_poll_now(&p, 1);
}

static int wait_polled(struct fdent *e, int what, uint64_t deadline_ns,
		       bool restartable)
{
	short events = what == WAIT_READ ? POLLIN : POLLOUT;

	for (;;) {
		uint32_t seq = what == WAIT_READ ? e->rd_seq : e->wr_seq;
		int r = io_ready_now(e, events);

		if (r != 0)
			return 0; /* ready, or an error that the call returns */
		r = io_wait(e, what, seq, deadline_ns, false, restartable);
		if (r < 0)
			return r == -EPERM ? 0 : r;
	}
}

static int wait_fd(int fd, int what, uint64_t deadline_ns, bool restartable)
{
	struct fdent *e = fdtab_get(fd);
	int r;

	if (!e || !rt_fiber())
		return -EPERM;
	r = wait_polled(e, what, deadline_ns, restartable);
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

int io_wait_fd(int fd, bool write, uint64_t deadline_ns)
{
	return wait_fd(fd, write ? WAIT_WRITE : WAIT_READ, deadline_ns, true);
}

int io_wait_epoll(int fd, uint64_t deadline_ns)
{
	return wait_fd(fd, WAIT_READ, deadline_ns, false);
}
