/*
 * poll of many descriptors: list the fiber on each, ask the kernel, park, ask
 * again.  Only the kernel's answer counts.
 */
#include "base/map.h"
#include "io/io.h"

#define LOCAL_WAITS 32

int io_poll_now(struct pollfd *fds, unsigned long n)
{
	struct timespec zero = { 0, 0 };

	return (int)raw_syscall(SYS_ppoll, fds, n, &zero, 0, 8);
}

static void unlist_all(struct iowait *w, unsigned long n)
{
	unsigned long i;

	for (i = 0; i < n; i++)
		if (w[i].ent)
			iowait_unlist(&w[i]);
}

/* Make f a waiter on every fd that can wake it. */
static void list_all(struct pollfd *fds, struct iowait *w, unsigned long n,
		     struct fiber *f, struct hub *h)
{
	unsigned long i;

	for (i = 0; i < n; i++) {
		struct fdent *e;

		memset(&w[i], 0, sizeof(w[i]));
		if (fds[i].fd < 0 || !(e = fdtab_peek(fds[i].fd)))
			continue;
		w[i].fiber = f;
		w[i].what = WAIT_READ; /* errors wake readers, always */
		if (fds[i].events & (POLLOUT | POLLWRNORM | POLLWRBAND))
			w[i].what |= WAIT_WRITE;
		spin_lock(&e->lock);
		if (fdtab_listen_locked(e, &w[i], h) < 0)
			w[i].ent = NULL;
		spin_unlock(&e->lock);
	}
}

static int poll_loop(struct pollfd *fds, unsigned long n, struct iowait *w,
		     uint64_t deadline_ns)
{
	struct poll_set set = { fds, n };
	struct fiber *f = rt_fiber();
	unsigned long i;
	int r;

	for (i = 0; i < n; i++)
		if (fds[i].fd >= 0)
			fdtab_get(fds[i].fd); /* outside of the scheduler */
	for (;;) {
		struct hub *h = sched_enter(f);
		enum wake why;

		park_prepare(f);
		list_all(fds, w, n, f, h ? h : f->hub);
		r = io_poll_now(fds, n);
		if (r != 0) {
			/* A waker may have claimed f meanwhile: its claim is
			 * void once the state is RUNNING again. */
			park_abandon(f);
			unlist_all(w, n);
			sched_leave(f, h);
			return r;
		}
		why = park(f, h, WAIT_POLL, &set, deadline_ns);
		unlist_all(w, n);
		park_leave(f);
		if (why == WAKE_TIMEOUT)
			return io_poll_now(fds, n);
		if ((why == WAKE_INTR || f->signals_ran) &&
		    wait_interrupted(f, false)) {
			r = io_poll_now(fds, n);
			return r ? r : -EINTR;
		}
	}
}

int io_poll(struct pollfd *fds, unsigned long n, uint64_t deadline_ns)
{
	struct iowait local[LOCAL_WAITS], *w = local;
	int r;

	r = io_poll_now(fds, n);
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
		w = rt_map(n * sizeof(*w));
		if (!w)
			return -ENOMEM;
	}
	r = poll_loop(fds, n, w, deadline_ns);
	if (w != local)
		raw_syscall(SYS_munmap, w, n * sizeof(*w));
	return r;
}
