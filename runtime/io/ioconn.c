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

void accept_interrupted(struct fiber *f)
{
	struct fdent *e = f->accepting;

	f->accepting = NULL;
	turn_end(f, e);
}

/* The caller has the turn, but the connection may be gone since poll saw it. */
static int accept_now(struct fdent *e, struct sockaddr *sa, socklen_t *len,
		      int flags)
{
	bool shared = fdtab_is_shared(e);
	int r;

	if (!io_ready_now(e, POLLIN))
		return -EAGAIN;
	if (shared)
		hop_enter();
	r = (int)raw_syscall(SYS_accept4, fdtab_fd(e), sa, len, flags);
	if (shared)
		hop_leave();
	return r;
}

static int accept_in_turn(struct fdent *e, struct sockaddr *sa, socklen_t *len,
			  int flags)
{
	struct fiber *f = green_self;
	uint64_t deadline = 0;
	int r;

	for (;;) {
		uint32_t seq = e->rd_seq;
		int nobody = 0;

		if (io_ready_now(e, POLLIN) != 0) {
			if (!atomic_compare_exchange_strong(&e->listening_turn,
							    &nobody, f->tid)) {
				green_yield();
				continue;
			}
			r = accept_now(e, sa, len, flags);
			turn_end(f, e);
			if (r != -EAGAIN)
				return r;
			continue;
		}
		r = io_wait_timed(e, WAIT_READ, seq, &deadline, true);
		if (r < 0) {
			if (r != -EBADF)
				fdtab_pass_turn(e);
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
	struct fiber *f = green_self;
	int r;

	if (!e || !listens(e) || (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) ||
	    fdtab_wants_nonblock(e))
		return (int)raw_syscall(SYS_accept4, fd, sa, len, flags);
	io_charge(f);
	f->accepting = e;
	r = accept_in_turn(e, sa, len, flags);
	f->accepting = NULL;
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

static int connect_and_wait(struct fdent *e, const struct sockaddr *sa,
			    socklen_t len)
{
	uint32_t seq = e->wr_seq;
	int r = connect_begin(e, sa, len);
	uint64_t deadline = 0;

	if (r != -EINPROGRESS)
		return r;
	for (;;) {
		/* The second call settles the socket's state as a blocking
		 * one would have: it tells the result, and forgets it. */
		if (io_ready_now(e, POLLOUT) != 0)
			return connect_now(e, sa, len);
		r = io_wait_timed(e, WAIT_WRITE, seq, &deadline, false);
		if (r == -EAGAIN)
			return -EINPROGRESS; /* as SO_SNDTIMEO makes it */
		if (r < 0)
			return r;
		seq = e->wr_seq;
	}
}

int io_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct fdent *e = fdtab_get(fd);
	sa_family_t family;

	if (!e || !io_is_socket(e) || fdtab_wants_nonblock(e))
		return (int)raw_syscall(SYS_connect, fd, sa, len);
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
