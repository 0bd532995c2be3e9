/* Connections: accept and connect, which have no flag for one call. */
#include <fcntl.h>

#include "io/io.h"
#include "signal/user_copy.h"

static bool listens(struct fdent *e)
{
	int on = 0;
	socklen_t len = sizeof(on);

	if (e->kind == FD_LISTEN)
		return true;
	if (!io_is_socket(e))
		return false;
	raw_syscall(SYS_getsockopt, fdtab_fd(e), SOL_SOCKET, SO_ACCEPTCONN, &on,
		    &len);
	if (on)
		e->kind = FD_LISTEN;
	return on;
}

/* f is done with e, or will not come back to it: the next fiber may try. */
static void turn_end(struct fiber *f, struct fdent *e)
{
	int mine = f->tid;

	atomic_compare_exchange_strong(&e->listening_turn, &mine, 0);
	if (e->waiters)
		fdtab_pass_turn(e);
}

/* A handler interrupts f: it may wait itself, or jump out. */
void io_interrupted(struct fiber *f)
{
	struct fdent *e = f->accepting;

	f->accepting = NULL;
	if (e)
		turn_end(f, e);
	io_hold_end(f);
}

/* The turn is ours, but the connection may be gone since poll looked. */
static int accept_now(struct io_file *file, struct fdent *e,
		      struct sockaddr *sa, socklen_t *len, int flags)
{
	bool shared = fdtab_is_shared(e);
	int r;

	if (!io_ready_now(e, POLLIN))
		return -EAGAIN;
	/* On a hop it may wait, and then the kernel holds the file. */
	if (shared) {
		iowait_used(&file->wait);
		hop_enter();
	}
	r = (int)raw_syscall(SYS_accept4, fdtab_fd(e), sa, len, flags);
	if (shared)
		hop_leave();
	return r;
}

/* One look, by e, the file's entry of now.  -EAGAIN: there is nothing to
 * accept. */
static int accept_try(struct io_file *file, struct fdent *e,
		      struct sockaddr *sa, socklen_t *len, int flags)
{
	struct fiber *f = green_self;
	int r, nobody = 0;

	while (io_ready_now(e, POLLIN) != 0) {
		if (!atomic_compare_exchange_strong(&e->listening_turn, &nobody,
						    f->tid))
			return -EBUSY;
		f->accepting = e;
		r = accept_now(file, e, sa, len, flags);
		turn_end(f, e);
		if (r != -EAGAIN)
			return r;
	}
	return -EAGAIN;
}

static int accept_in_turn(struct io_file *file, struct fdent *before,
			  struct sockaddr *sa, socklen_t *len, int flags)
{
	struct fiber *f = green_self;
	uint64_t deadline = 0;
	int r;

	for (;;) {
		struct fdent *e = iowait_use(&file->wait, before), *now;
		uint32_t seq = e->rd_seq;

		f->accepting = e;
		r = accept_try(file, e, sa, len, flags);
		iowait_used(&file->wait);
		/* Closed meanwhile: those that wait are on the stand-in. */
		now = io_file_ent(file, before);
		if (UNLIKELY(now != e) && now->waiters)
			fdtab_pass_turn(now);
		if (r == -EBUSY) {
			green_yield();
			continue;
		}
		if (r != -EAGAIN)
			return r;
		r = io_wait_timed(file, before, WAIT_READ, seq, &deadline,
				  true);
		if (r < 0) {
			if (r != -EBADF)
				fdtab_pass_turn(io_file_ent(file, before));
			return r;
		}
	}
}

/*
 * accept has no flag for one call.  Fibers take turns, and call it only after
 * poll saw a connection: so none blocks, unless another process takes the
 * connection first; where the listener is shared with another process, the
 * call itself is made on a hop.  The turn ends where a handler begins.  The
 * rest of an accept that a handler interrupted may find the connection gone,
 * and block: that costs a hand-off, no more.
 */
int io_accept(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	struct fdent *e = fdtab_get(fd);
	struct io_file file;
	struct fiber *f = green_self;
	int r;

	if (!e || !listens(e) || (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) ||
	    fdtab_wants_nonblock(e))
		return (int)IO_PASS(fd, raw_syscall(SYS_accept4, fd, sa, len,
						    flags));
	io_charge(f);
	file.wait.held = false;
	f->accepting = e;
	r = accept_in_turn(&file, e, sa, len, flags);
	f->accepting = NULL;
	io_call_end();
	return r;
}

static int connect_now(struct fdent *e, const struct sockaddr *sa,
		       socklen_t len)
{
	return (int)raw_syscall(SYS_connect, fdtab_fd(e), sa, len);
}

static int connect_hop(struct fdent *e, const struct sockaddr *sa,
		       socklen_t len)
{
	int r;

	hop_enter();
	r = connect_now(e, sa, len);
	hop_leave();
	return r;
}

/*
 * connect has no flag for one call either.  O_NONBLOCK is set for the length
 * of the one call, on a socket that no other process can see; meanwhile the
 * interposers of fcntl and ioctl answer from the table.
 */
static int connect_begin(struct fdent *e, const struct sockaddr *sa,
			 socklen_t len)
{
	int fd = fdtab_fd(e), r;
	long flags = raw_syscall(SYS_fcntl, fd, F_GETFL);

	raw_syscall(SYS_fcntl, fd, F_SETFL, flags | O_NONBLOCK);
	r = connect_now(e, sa, len);
	raw_syscall(SYS_fcntl, fd, F_SETFL, flags);
	return r;
}

static int connect_wait(struct io_file *file, struct fdent *before,
			uint32_t seq, const struct sockaddr *sa, socklen_t len)
{
	uint64_t deadline = 0;

	for (;;) {
		struct fdent *e = iowait_use(&file->wait, before);
		int r = 0;

		/* The second call settles the socket's state as a blocking
		 * one would have: it tells the result, and forgets it. */
		if (io_ready_now(e, POLLOUT) != 0) {
			r = connect_now(e, sa, len);
			iowait_used(&file->wait);
			return r;
		}
		iowait_used(&file->wait);
		r = io_wait_timed(file, before, WAIT_WRITE, seq, &deadline,
				  false);
		if (r == -EAGAIN)
			return -EINPROGRESS; /* as SO_SNDTIMEO makes it */
		if (r < 0)
			return r;
		seq = io_file_ent(file, before)->wr_seq;
	}
}

static int connect_and_wait(struct fdent *e, const struct sockaddr *sa,
			    socklen_t len)
{
	uint32_t seq = e->wr_seq;
	int r = connect_begin(e, sa, len);
	struct io_file file;

	if (r != -EINPROGRESS)
		return r;
	file.wait.held = false;
	r = connect_wait(&file, e, seq, sa, len);
	io_call_end();
	return r;
}

static int connect_pass(int fd, const struct sockaddr *sa, socklen_t len)
{
	return (int)IO_PASS(fd, raw_syscall(SYS_connect, fd, sa, len));
}

int io_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct fdent *e = fdtab_get(fd);
	sa_family_t family;

	if (!e || !io_is_socket(e) || fdtab_wants_nonblock(e))
		return connect_pass(fd, sa, len);
	/* A datagram socket's connect only notes an address. */
	if (e->kind == FD_SOCKET && fdtab_is_message(e) &&
	    (len < 2 || USER_GET(&family, &sa->sa_family) < 0 ||
	     family != AF_UNIX))
		return connect_now(e, sa, len);
	/* A local socket's full backlog shows in no event. */
	if (e->kind != FD_STREAM || fdtab_is_shared(e))
		return connect_hop(e, sa, len);
	return connect_and_wait(e, sa, len);
}
