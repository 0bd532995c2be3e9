/*
 * Descriptor I/O that waits in the hub.
 *
 * Each operation is tried first in a way that cannot block, without touching
 * the open file's flags: sockets with MSG_DONTWAIT, pipes and their like with
 * RWF_NOWAIT, what knows neither (terminals, FIFOs, inotify) by asking poll
 * first.  Where the try would block and the program did not ask for
 * O_NONBLOCK, the fiber waits for the descriptor and tries again.
 *
 * A wait that is lost cannot happen: the entry's event counter is read before
 * the try, and the fiber parks only if it still stands there.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "io.h"

int io_wait(struct fdent *e, int what, uint32_t seq, uint64_t deadline_ns,
	    bool exclusive, bool restartable)
{
	struct fiber *f = rt_fiber();
	struct iowait w = { .fiber = f,
			    .what = (uint8_t)what,
			    .exclusive = exclusive };
	struct hub *h = sched_enter(f);
	enum wake why;
	int r;

	spin_lock(&e->lock);
	if ((what == WAIT_READ ? e->rd_seq : e->wr_seq) != seq) {
		spin_unlock(&e->lock);
		sched_leave(f, h);
		return 0;
	}
	park_prepare(f);
	r = fdtab_listen_locked(e, &w, h ? h : f->hub);
	spin_unlock(&e->lock);
	if (r < 0) {
		atomic_store(&f->state, FIBER_RUNNING);
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
 * Who is runnable is let in at once, as a thread that the kernel wakes mostly
 * is: the fiber may have let go of a lock for the length of this call, and take
 * it again right after.
 */
void io_did_not_wait(void)
{
	struct fiber *f = green_self;
	struct hub *h = f->carrier->hub;

	/* No handler may run under the mask of a wait that there is none of. */
	if (f->under_mask)
		return;
	if (f->budget > 0 && h && !runq_empty(h))
		green_yield();
	else
		io_charge(f);
}

uint64_t io_deadline(uint64_t timeout_ns)
{
	return timeout_ns ? now_ns() + timeout_ns : GREEN_FOREVER;
}

int io_ready_now(const struct fdent *e, short events)
{
	struct pollfd p = { fdtab_fd(e), events, 0 };
	struct timespec zero = { 0, 0 };

	return (int)raw_syscall(SYS_ppoll, &p, 1, &zero, 0, 8);
}

static int wait_polled(struct fdent *e, int what, uint64_t deadline_ns,
		       bool restartable)
{
	short events = what == WAIT_READ ? POLLIN : POLLOUT;

	for (;;) {
		uint32_t seq = what == WAIT_READ ? e->rd_seq : e->wr_seq;
		int r = io_ready_now(e, events);

		if (r != 0)
			return 0; /* ready, or an error for the call to tell */
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

/* ---- one operation, described, so that every kind shares one loop ---- */

struct op {
	int fd;
	int what;   /* WAIT_READ or WAIT_WRITE */
	int flags;  /* of recvmsg, sendmsg */
	bool plain; /* read, write and kin: not a socket call */
	struct msghdr *msg;
	bool foreign; /* msg is the program's */
};

static size_t iov_total(const struct msghdr *m)
{
	return iov_size(m->msg_iov, (int)m->msg_iovlen);
}

static ssize_t call_plain(const struct op *op)
{
	const struct msghdr *m = op->msg;

	return raw_syscall(op->what == WAIT_READ ? SYS_readv : SYS_writev,
			   op->fd, m->msg_iov, m->msg_iovlen);
}

/* Is it the process's terminal, and in the foreground another's? */
static bool in_background(const struct fdent *e)
{
	int fd = fdtab_fd(e);
	int group, session;

	return raw_syscall(SYS_ioctl, fd, TIOCGPGRP, &group) == 0 &&
	       group != raw_syscall(SYS_getpgid, 0) &&
	       raw_syscall(SYS_ioctl, fd, TIOCGSID, &session) == 0 &&
	       session == raw_syscall(SYS_getsid, 0);
}

/* A terminal stops or turns away who reads it from the background, whether or
 * not it has anything to give; for no bytes, it does nothing else. */
static ssize_t may_wait(const struct fdent *e)
{
	bool terminal;
	long r;

	do {
		if (LIKELY(!in_background(e)))
			return -EAGAIN;
		terminal = terminal_enter();
		r = raw_syscall(SYS_read, fdtab_fd(e), NULL, 0);
		if (terminal)
			mask_return();
	} while (r == -EINTR && !signal_interrupted(true, true));
	return r < 0 ? r : -EAGAIN;
}

/* Where poll says that something can be done now. */
static ssize_t call_polled(const struct op *op, const struct fdent *e)
{
	const struct msghdr *m = op->msg;
	bool in = op->what == WAIT_READ, terminal;
	ssize_t r;

	if (!io_ready_now(e, in ? POLLIN : POLLOUT))
		return in ? may_wait(e) : -EAGAIN;
	terminal = terminal_enter();
	if (!in && m->msg_iovlen == 1 && m->msg_iov->iov_len > 4096)
		/* POLLOUT promises room for this much only */
		r = raw_syscall(SYS_write, op->fd, m->msg_iov->iov_base, 4096);
	else
		r = call_plain(op);
	if (terminal)
		mask_return();
	return r;
}

static ssize_t try_plain(const struct op *op, struct fdent *e)
{
	const struct msghdr *m = op->msg;
	bool in = op->what == WAIT_READ;
	bool polled = e->kind == FD_POLLED || (!in && e->polled_write);

	if (e->kind == FD_PIPE && !polled) {
		long r = raw_syscall(in ? SYS_preadv2 : SYS_pwritev2, op->fd,
				     m->msg_iov, m->msg_iovlen, -1l, -1l,
				     RWF_NOWAIT);

		/* An eventfd's EINVAL means a buffer below 8 bytes; anything
		 * else says so because it does not know the flag. */
		if (r != -EOPNOTSUPP && (r != -EINVAL || iov_total(m) < 8))
			return r;
		polled = true;
		/* An eventfd knows the flag for reading only. */
		if (in)
			e->kind = FD_POLLED; /* a FIFO, inotify, signalfd */
		else
			e->polled_write = true;
	}
	return polled ? call_polled(op, e) : call_plain(op);
}

static ssize_t try_once(const struct op *op, struct fdent *e)
{
	struct msghdr *m = op->msg;

	/* The program's own msghdr: only the kernel may look into it yet. */
	if (op->foreign)
		return raw_syscall(op->what == WAIT_READ ? SYS_recvmsg
							 : SYS_sendmsg,
				   op->fd, m, op->flags | MSG_DONTWAIT);
	if (op->plain && e->kind != FD_STREAM && e->kind != FD_SOCKET &&
	    e->kind != FD_LISTEN)
		return try_plain(op, e);
	if (m->msg_iovlen == 1 && !m->msg_control) {
		struct iovec *v = m->msg_iov;

		if (op->what == WAIT_WRITE)
			return raw_syscall(SYS_sendto, op->fd, v->iov_base,
					   v->iov_len, op->flags | MSG_DONTWAIT,
					   m->msg_name, m->msg_namelen);
		if (!m->msg_name)
			return raw_syscall(SYS_recvfrom, op->fd, v->iov_base,
					   v->iov_len, op->flags | MSG_DONTWAIT,
					   0, 0);
	}
	return raw_syscall(op->what == WAIT_READ ? SYS_recvmsg : SYS_sendmsg,
			   op->fd, m, op->flags | MSG_DONTWAIT);
}

/* Wait once for op after its try said EAGAIN at seq.  *deadline_ns is set at
 * the first wait: no clock is read before. */
static int op_wait(const struct op *op, struct fdent *e, uint32_t seq,
		   uint64_t *deadline_ns)
{
	uint64_t timeo = op->what == WAIT_READ ? e->rcvtimeo_ns
					       : e->sndtimeo_ns;
	int r;

	if (!*deadline_ns)
		*deadline_ns = io_deadline(timeo);
	/* signal(7): a call with a socket timeout set is not restarted. */
	r = io_wait(e, op->what, seq, *deadline_ns, false, !timeo);
	/* A file of no set: block in place, the monitor will see. */
	return r;
}

/* Did a handler run in that wait that is to end the call? */
static bool op_interrupted(const struct op *op, const struct fdent *e)
{
	struct fiber *f = green_self;
	uint64_t timeo = op->what == WAIT_READ ? e->rcvtimeo_ns
					       : e->sndtimeo_ns;

	return UNLIKELY(f->signals_ran) && wait_interrupted(f, !timeo);
}

/* A file that no set takes, and that would block all the same. */
static ssize_t hop_plain(const struct op *op)
{
	return IO_HOP(
		raw_syscall(op->what == WAIT_READ ? SYS_readv : SYS_writev,
			    op->fd, op->msg->msg_iov, op->msg->msg_iovlen));
}

/* A TCP socket whose last read came back short has nothing more to give
 * until its next event: no need to hear EAGAIN from the kernel. */
static bool known_empty(const struct op *op, struct fdent *e, uint32_t seq)
{
	return e->kind == FD_STREAM && op->what == WAIT_READ &&
	       e->drained == seq && e->registered && !e->hangup &&
	       !e->suspect && !(op->flags & ~MSG_NOSIGNAL);
}

static void note_read(const struct op *op, struct fdent *e, uint32_t seq,
		      ssize_t got)
{
	/* What is peeked at, or comes out of band, drains nothing. */
	bool short_read = got > 0 && !(op->flags & ~MSG_WAITALL) &&
			  (size_t)got < iov_total(op->msg);

	if (short_read && !e->no_short_read && !e->hangup)
		e->drained = seq;
	else if (e->drained == seq)
		e->drained = seq - 1;
}

/* Reads that take nothing from the stream tell nothing of it. */
#define NOT_THE_STREAM (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE)

/* Do op, once something can be done; partial results are results. */
static ssize_t transfer(const struct op *op, struct fdent *e,
			uint64_t *deadline_ns)
{
	_Atomic uint32_t *counter = op->what == WAIT_READ ? &e->rd_seq
							  : &e->wr_seq;
	bool interrupted = false;

	for (;;) {
		uint32_t seq = atomic_load_explicit(counter,
						    memory_order_acquire);
		bool empty = known_empty(op, e, seq);
		ssize_t r = empty ? -EAGAIN : try_once(op, e);

		if (r == -ENOTSOCK && op->plain && !e->suspect) {
			e->suspect = true; /* replaced behind our back */
			fdtab_get(op->fd);
			continue;
		}
		if (r != -EAGAIN) {
			if (e->kind == FD_STREAM && op->what == WAIT_READ &&
			    !(op->flags & NOT_THE_STREAM))
				note_read(op, e, seq, r);
			return r;
		}
		/* Only a blocking read of nothing returns at once. */
		if (op->plain && op->what == WAIT_READ && !iov_total(op->msg))
			return 0;
		if ((op->flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) ||
		    fdtab_wants_nonblock(e))
			return empty ? try_once(op, e) : r;
		/* Woken for something that another took, after a handler. */
		if (interrupted)
			return -EINTR;
		r = op_wait(op, e, seq, deadline_ns);
		interrupted = op_interrupted(op, e);
		if (r == -EPERM && op->plain)
			return hop_plain(op);
		if (r < 0)
			return r;
	}
}

int iov_rest(const struct iovec *v, int n, size_t skip,
	     struct iovec out[IOV_LOCAL])
{
	int i, m = 0;

	for (i = 0; i < n && m < IOV_LOCAL; i++) {
		if (skip >= v[i].iov_len) {
			skip -= v[i].iov_len;
			continue;
		}
		out[m].iov_base = (char *)v[i].iov_base + skip;
		out[m++].iov_len = v[i].iov_len - skip;
		skip = 0;
	}
	return m;
}

/* Do op until all of its bytes are through, as a blocking write does.  done:
 * bytes through already. */
static ssize_t transfer_all(const struct op *op, struct fdent *e)
{
	size_t total = 0, done = 0;
	struct msghdr rest;
	struct op part = *op;
	struct iovec local[IOV_LOCAL];
	uint64_t deadline = 0;
	ssize_t r;

	for (;;) {
		r = transfer(&part, e, &deadline);
		if (r < 0)
			return done ? (ssize_t)done : r;
		if (!done) {
			/* The kernel took it: now we may look into it too. */
			total = iov_total(op->msg);
			rest = *op->msg;
			part.msg = &rest;
			part.foreign = false;
		}
		done += (size_t)r;
		if (done >= total || (r == 0 && op->what == WAIT_READ))
			return (ssize_t)done;
		if (op->what == WAIT_WRITE && fdtab_wants_nonblock(e))
			return (ssize_t)done;
		/* what remains; descriptors go with the first byte only */
		rest.msg_control = NULL;
		rest.msg_controllen = 0;
		rest.msg_iovlen = (size_t)iov_rest(op->msg->msg_iov,
						   (int)op->msg->msg_iovlen,
						   done, local);
		rest.msg_iov = local;
	}
}

/*
 * A fiber gives way (io_charge) before it takes something, and after it gave
 * something: a pipe with a byte in it serves some programs as a lock, and
 * whoever holds that must not be the one to wait for its turn.
 */
static ssize_t take(struct op *op, struct fdent *e)
{
	uint64_t deadline = 0;

	io_charge(green_self);
	return transfer(op, e, &deadline);
}

static ssize_t give(struct op *op, struct fdent *e)
{
	bool message = e->kind == FD_SOCKET && fdtab_is_message(e);
	uint64_t deadline = 0;
	ssize_t r = message ? transfer(op, e, &deadline) : transfer_all(op, e);

	io_charge(green_self);
	return r;
}

/* read, readv, write, writev, at the file's own position. */
static ssize_t plain(int fd, int what, const struct iovec *iov, int n)
{
	struct fdent *e = fdtab_get(fd);
	struct msghdr m = { .msg_iov = (struct iovec *)iov,
			    .msg_iovlen = (size_t)n };
	struct op op = { fd, what, 0, true, &m, false };

	if (UNLIKELY(!e || e->kind == FD_OTHER || e->kind == FD_UNKNOWN ||
		     n <= 0 || n > IOV_MOST))
		return raw_syscall(what == WAIT_READ ? SYS_readv : SYS_writev,
				   fd, iov, n);
	if (e->kind == FD_FILE)
		return io_file(e, what == WAIT_WRITE, iov, n);
	return what == WAIT_READ ? take(&op, e) : give(&op, e);
}

ssize_t io_read(int fd, void *buf, size_t n)
{
	struct iovec v = { buf, n };

	return plain(fd, WAIT_READ, &v, 1);
}

ssize_t io_write(int fd, const void *buf, size_t n)
{
	struct iovec v = { (void *)buf, n };

	return plain(fd, WAIT_WRITE, &v, 1);
}

ssize_t io_readv(int fd, const struct iovec *iov, int n)
{
	return plain(fd, WAIT_READ, iov, n);
}

ssize_t io_writev(int fd, const struct iovec *iov, int n)
{
	return plain(fd, WAIT_WRITE, iov, n);
}

/* ---- sockets ---- */

/* A call on a descriptor that is no socket: the kernel says so. */
static bool must_pass(const struct fdent *e, int flags)
{
	return !e || !io_is_socket(e) || (flags & MSG_DONTWAIT);
}

/* A blocking call that only the kernel knows how to finish. */
static ssize_t hop_recvmsg(int fd, struct msghdr *m, int flags)
{
	return IO_HOP(raw_syscall(SYS_recvmsg, fd, m, flags));
}

ssize_t io_recvmsg(int fd, struct msghdr *m, int flags)
{
	struct fdent *e = fdtab_get(fd);
	struct op op = { fd, WAIT_READ, flags, false, m, true };

	if (must_pass(e, flags))
		return raw_syscall(SYS_recvmsg, fd, m, flags);
	if (!(flags & MSG_WAITALL) || (flags & (MSG_OOB | MSG_ERRQUEUE)) ||
	    fdtab_is_message(e))
		return take(&op, e);
	io_charge(green_self);
	if (fdtab_wants_nonblock(e) || (flags & MSG_PEEK))
		return hop_recvmsg(fd, m, flags);
	return transfer_all(&op, e);
}

ssize_t io_recvfrom(int fd, void *buf, size_t n, int flags,
		    struct sockaddr *from, socklen_t *fromlen)
{
	struct fdent *e = fdtab_get(fd);
	struct iovec v = { buf, n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	struct op op = { fd, WAIT_READ, flags, false, &m, false };
	uint64_t deadline = 0;
	ssize_t r;

	if (must_pass(e, flags))
		return raw_syscall(SYS_recvfrom, fd, buf, n, flags, from,
				   fromlen);
	if (from && fromlen) {
		/* As recvfrom itself: the kernel checks both pointers. */
		for (;;) {
			uint32_t seq = atomic_load(&e->rd_seq);

			r = raw_syscall(SYS_recvfrom, fd, buf, n,
					flags | MSG_DONTWAIT, from, fromlen);
			if (r != -EAGAIN || fdtab_wants_nonblock(e))
				return r;
			r = op_wait(&op, e, seq, &deadline);
			if (r < 0)
				return r;
		}
	}
	if (!(flags & MSG_WAITALL) || (flags & (MSG_OOB | MSG_ERRQUEUE)) ||
	    fdtab_is_message(e) || fdtab_wants_nonblock(e))
		return take(&op, e);
	io_charge(green_self);
	if (!(flags & MSG_PEEK))
		return transfer_all(&op, e);
	return IO_HOP(
		raw_syscall(SYS_recvfrom, fd, buf, n, flags, from, fromlen));
}

ssize_t io_sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct fdent *e = fdtab_get(fd);
	struct op op = {
		fd, WAIT_WRITE, flags, false, (struct msghdr *)m, true
	};

	if (must_pass(e, flags))
		return raw_syscall(SYS_sendmsg, fd, m, flags);
	return give(&op, e);
}

ssize_t io_sendto(int fd, const void *buf, size_t n, int flags,
		  const struct sockaddr *to, socklen_t tolen)
{
	struct fdent *e = fdtab_get(fd);
	struct iovec v = { (void *)buf, n };
	struct msghdr m = { .msg_name = (void *)to,
			    .msg_namelen = tolen,
			    .msg_iov = &v,
			    .msg_iovlen = 1 };
	struct op op = { fd, WAIT_WRITE, flags, false, &m, false };

	if (must_pass(e, flags))
		return raw_syscall(SYS_sendto, fd, buf, n, flags, to, tolen);
	return give(&op, e);
}
