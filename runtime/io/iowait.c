/*
 * Waiting for one descriptor in the hub.
 *
 * No wake-up is lost: the entry's event counter is read before the try that
 * would block, and the fiber parks only if the counter has not changed since.
 */
#include "io/io.h"
#include "sched/runq.h"

/* The file's entry, locked.  The caller is inside the scheduler. */
static struct fdent *lock_file(struct iowait *w, struct fdent *e)
{
	if (UNLIKELY(w->held))
		return iowait_lock(w);
	spin_lock(&e->lock);
	return e;
}

/* The kernel does not take the file into one more set, or we have no entry. */
static int wait_on_hop(int fd, int what, uint64_t deadline_ns, bool restartable)
{
	struct pollfd p = { fd, what == WAIT_READ ? POLLIN : POLLOUT, 0 };
	int r;

	do
		r = io_poll_hop(&p, 1, deadline_ns);
	while (r == -EINTR && !signal_interrupted(restartable, true));
	return r > 0 ? 0 : r == 0 ? -EAGAIN : r;
}

int io_wait(struct io_file *file, struct fdent *e, int what, uint32_t seq,
	    uint64_t deadline_ns, bool exclusive, bool restartable)
{
	struct fiber *f = rt_fiber();
	struct hub *h = sched_enter(f);
	struct iowait *w = &file->wait; /* its links: fdtab_wait.c */
	enum wake why;
	bool first;
	int r;

	e = lock_file(w, e);
	if ((what == WAIT_READ ? e->rd_seq : e->wr_seq) != seq) {
		spin_unlock(&e->lock);
		sched_leave(f, h);
		return 0;
	}
	park_prepare(f);
	w->fiber = f;
	w->what = (uint8_t)what;
	w->exclusive = exclusive;
	w->stays = false;
	first = !w->held;
	r = fdtab_listen_locked(e, w, h ? h : f->hub);
	spin_unlock(&e->lock);
	if (r < 0) {
		park_abandon(f);
		sched_leave(f, h);
		return fdtab_wants_hop(r)
			       ? wait_on_hop(fdtab_fd(e), what, deadline_ns,
					     restartable)
			       : r;
	}
	if (first) {
		file->hold = (struct io_hold){ f->holds, w, 1 };
		f->holds = &file->hold;
	}
	why = park(f, h, WAIT_FD, (void *)(fdtab_fd(e) | (intptr_t)what << 32),
		   deadline_ns);
	if (why != WAKE_EVENT && why != WAKE_CLOSED)
		iowait_hold(w);
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

static int wait_polled(struct io_file *file, struct fdent *before, int what,
		       uint64_t deadline_ns, bool restartable)
{
	short events = what == WAIT_READ ? POLLIN : POLLOUT;

	for (;;) {
		struct fdent *e = iowait_use(&file->wait, before);
		uint32_t seq = what == WAIT_READ ? e->rd_seq : e->wr_seq;
		int r = io_ready_now(e, events);

		iowait_used(&file->wait);
		if (r != 0)
			return 0; /* ready, or an error that the call returns */
		r = io_wait(file, before, what, seq, deadline_ns, false,
			    restartable);
		if (r < 0)
			return r == -EPERM ? 0 : r;
	}
}

static int wait_file(struct io_file *file, int what, uint64_t deadline_ns,
		     bool restartable)
{
	struct fdent *e = NULL;
	int r;

	if (!file->wait.held)
		e = fdtab_get(file->fd);
	if (!rt_fiber())
		return -EPERM;
	if (UNLIKELY(!e) && !file->wait.held)
		r = wait_on_hop(file->fd, what, deadline_ns, restartable);
	else
		r = wait_polled(file, e, what, deadline_ns, restartable);
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

int io_file_wait(struct io_file *file, bool write, uint64_t deadline_ns)
{
	return wait_file(file, write ? WAIT_WRITE : WAIT_READ, deadline_ns,
			 true);
}

int io_wait_epoll(struct io_file *set, uint64_t deadline_ns)
{
	return wait_file(set, WAIT_READ, deadline_ns, false);
}

int io_wait_fd(int fd, bool write, uint64_t deadline_ns)
{
	struct io_file file = IO_FILE(fd);
	int r = io_file_wait(&file, write, deadline_ns);

	io_call_end();
	return r;
}

int io_file_fd(struct io_file *file)
{
	struct fdent *e = iowait_use(&file->wait, NULL);

	return e ? fdtab_fd(e) : file->fd;
}

void io_file_done(struct io_file *file)
{
	iowait_used(&file->wait);
}

void io_file_hold(struct io_file *file)
{
	struct iowait *w = &file->wait;
	struct fdent *e = w->held ? NULL : fdtab_get(file->fd);
	struct sched_scope s;

	if (!e || !rt_fiber())
		return;
	scope_lock(&s, &e->lock);
	w->fiber = s.me;
	w->what = 0;
	w->exclusive = w->stays = false;
	iowait_hold_locked(e, w);
	file->hold = (struct io_hold){ s.me->holds, w, 1 };
	s.me->holds = &file->hold;
	scope_unlock(&s, &e->lock);
}

void io_call_end(void)
{
	struct fiber *f = green_self;

	if (UNLIKELY(f && f->holds))
		io_hold_end(f);
}
