/*
 * read, write, recv, send and kin, which wait in the hub.
 *
 * Each call is tried first in a way that cannot block, without touching the
 * open file's flags: on sockets with MSG_DONTWAIT, on other files as iopipe.c
 * says.  Where the try would block and the program did not ask for O_NONBLOCK,
 * the fiber waits for the descriptor and tries again.
 */
#include "io/io.h"
#include "signal/user_copy.h"

/* What a call moves its bytes from or to. */
enum shape { BUFFER, VECTOR, MESSAGE };

/*
 * One call, as the program made it.  Functions that take an op are inlined
 * into the io_* function that made it, which knows shape, what and plain when
 * it is compiled: no branch on them is left, and the other fields stay in the
 * registers in which they came.
 */
struct op {
	struct fdent *e;
	enum shape shape;
	int what;   /* WAIT_READ or WAIT_WRITE */
	bool plain; /* read, write and kin: of any file */
	bool later; /* of a call that has moved some bytes already */
	int flags;  /* of recv, send and kin */
	/* The buffer; the vector; or the struct msghdr, into which only the
	 * kernel may look until it has taken it once. */
	void *at;
	size_t n;	       /* bytes of the buffer, pieces of the vector */
	struct sockaddr *peer; /* NULL: none */
	socklen_t to_len;      /* the peer's, in send */
	socklen_t *from_len;   /* the peer's, in recv */
	void *control;	       /* of a later part of a message */
	size_t control_size;
};

#define INLINED inline __attribute__((always_inline))

static INLINED size_t op_size(const struct op *op)
{
	const struct msghdr *m = op->at;

	if (op->shape == BUFFER)
		return op->n;
	if (op->shape == VECTOR)
		return iov_size(op->at, (int)op->n);
	return iov_size(m->msg_iov, (int)m->msg_iovlen);
}

/* ---- one try ---- */

static INLINED ssize_t socket_buffer(const struct op *op, int flags, void *at,
				     size_t n)
{
	int fd = fdtab_fd(op->e);

	if (op->what == WAIT_READ)
		return raw_syscall(SYS_recvfrom, fd, at, n, flags, op->peer,
				   op->from_len);
	return raw_syscall(SYS_sendto, fd, at, n, flags, op->peer, op->to_len);
}

static INLINED ssize_t socket_message(const struct op *op, int flags,
				      const struct msghdr *m)
{
	return raw_syscall(op->what == WAIT_READ ? SYS_recvmsg : SYS_sendmsg,
			   fdtab_fd(op->e), m, flags);
}

static INLINED ssize_t socket_vector(const struct op *op, int flags,
				     struct iovec *v)
{
	struct iovec one;
	struct msghdr m;

	if (op->n == 1 && !op->control_size)
		return USER_GET(&one, v) < 0
			       ? -EFAULT
			       : socket_buffer(op, flags, one.iov_base,
					       one.iov_len);
	m = (struct msghdr){ .msg_name = op->peer,
			     .msg_namelen = op->to_len,
			     .msg_iov = v,
			     .msg_iovlen = op->n,
			     .msg_control = op->control,
			     .msg_controllen = op->control_size };
	return socket_message(op, flags, &m);
}

static INLINED ssize_t on_socket(const struct op *op, int flags)
{
	if (op->shape == BUFFER)
		return socket_buffer(op, flags, op->at, op->n);
	if (op->shape == VECTOR)
		return socket_vector(op, flags, op->at);
	return socket_message(op, flags, op->at);
}

typedef ssize_t vector_call(struct fdent *e, int what, const struct iovec *iov,
			    int n);

/* Make a plain op as a call with a vector, the only kind of call for e's kind
 * of file. */
static INLINED ssize_t on_vector(const struct op *op, vector_call *call)
{
	struct iovec one;

	if (op->shape != BUFFER)
		return call(op->e, op->what, op->at, (int)op->n);
	one = (struct iovec){ op->at, op->n };
	return call(op->e, op->what, &one, 1);
}

static INLINED ssize_t try_once(const struct op *op)
{
	if (op->plain && UNLIKELY(!io_is_socket(op->e)))
		return on_vector(op, io_pipe_try);
	return on_socket(op, op->flags | MSG_DONTWAIT);
}

/* ---- tries and waits by turns ---- */

/* A TCP socket whose last read was short is empty until its next event: skip
 * the system call that would return EAGAIN. */
static INLINED bool known_empty(const struct op *op, uint32_t seq)
{
	const struct fdent *e = op->e;

	return op->what == WAIT_READ && e->kind == FD_STREAM &&
	       e->drained == seq && e->registered && !e->hangup &&
	       !e->suspect && !(op->flags & ~MSG_NOSIGNAL);
}

/* Could the kernel read what op points at?  It says EFAULT before any wait. */
static __attribute__((noinline)) bool is_there(enum shape shape, const void *at,
					       size_t n)
{
	struct msghdr m;

	if (shape == MESSAGE) {
		if (USER_GET(&m, (const struct msghdr *)at) < 0 ||
		    m.msg_iovlen > IOV_MOST)
			return false;
		at = m.msg_iov;
		n = m.msg_iovlen;
	}
	return user_can_read(at, n * sizeof(struct iovec));
}

/* Note what a read tells of the stream: op returned `got`, tried when the
 * counter of events was seq.  A look at the stream does not drain it. */
static INLINED void note_read(const struct op *op, uint32_t seq, ssize_t got)
{
	struct fdent *e = op->e;
	bool is_short;

	if (op->what != WAIT_READ || e->kind != FD_STREAM ||
	    (op->flags & MSG_PEEK))
		return;
	is_short = got > 0 && !(op->flags & ~MSG_WAITALL) &&
		   (size_t)got < op_size(op);
	if (is_short && !e->no_short_read && !e->hangup)
		e->drained = seq;
	else if (e->drained == seq)
		e->drained = seq - 1;
}

/* True if the result r shows that the descriptor has been replaced unseen by
 * another file's; e is classified anew then. */
static INLINED bool was_replaced(const struct op *op, ssize_t r)
{
	if (LIKELY(r != -ENOTSOCK) || !op->plain || op->e->suspect)
		return false;
	op->e->suspect = true;
	fdtab_classify(op->e);
	return true;
}

/* Did a handler that is to end the call run in the wait that is just over? */
static INLINED bool handler_ended(const struct op *op)
{
	struct fiber *f = green_self;
	uint64_t timeo = op->what == WAIT_READ ? op->e->rcvtimeo_ns
					       : op->e->sndtimeo_ns;

	return UNLIKELY(f->signals_ran) && wait_interrupted(f, !timeo);
}

#define AGAIN 1 /* of attempt() */

/* Try op at its entry of now; *r: the answer.  Zero: the call returns it.
 * -EAGAIN: the call waits. */
static INLINED int attempt(const struct op *op, uint32_t *seq, ssize_t *r)
{
	bool in = op->what == WAIT_READ, empty, nonblock;

	*seq = atomic_load_explicit(in ? &op->e->rd_seq : &op->e->wr_seq,
				    memory_order_acquire);
	if (op->later && io_is_over(op->e, op->what)) {
		*r = 0;
		return 0;
	}
	empty = known_empty(op, *seq) &&
		(op->shape == BUFFER || is_there(op->shape, op->at, op->n));
	nonblock = empty && fdtab_wants_nonblock(op->e);
	*r = empty && !nonblock ? -EAGAIN : try_once(op);
	if (*r != -EAGAIN) {
		if (was_replaced(op, *r))
			return AGAIN;
		note_read(op, *seq, *r);
		return 0;
	}
	/* A blocking call for no bytes waits, unless it is a read. */
	if (op->plain && in && !op_size(op)) {
		*r = 0;
		return 0;
	}
	if (!empty)
		nonblock = fdtab_wants_nonblock(op->e);
	return nonblock ? 0 : -EAGAIN;
}

/* Do op once something can be done; a partial result is a result.  The file is
 * held then, if op waited for it. */
static INLINED ssize_t transfer(const struct op *op, struct io_file *file,
				uint64_t *deadline_ns)
{
	struct op now = *op;
	bool interrupted = false;
	uint32_t seq;
	ssize_t r;
	int what;

	for (;;) {
		now.e = iowait_use(&file->wait, op->e);
		what = attempt(&now, &seq, &r);
		iowait_used(&file->wait);
		if (what == 0)
			return r;
		if (what == AGAIN)
			continue;
		/* A handler ran, and another fiber used the event. */
		if (interrupted)
			return -EINTR;
		r = io_wait_timed(file, op->e, op->what, seq, deadline_ns,
				  false);
		interrupted = handler_ended(&now);
		if (r == -EPERM && op->plain)
			return on_vector(op, io_pipe_hop);
		if (r < 0)
			return r;
	}
}

/* What is left of op after `done` bytes, or the first pieces of it; local and
 * control are room for them. */
static struct op op_rest(const struct op *op, size_t done,
			 struct iovec local[IOV_LOCAL],
			 char control[CONTROL_LOCAL])
{
	const struct msghdr *m = op->at;
	struct op rest = *op;

	rest.later = true;
	switch (op->shape) {
	case BUFFER:
		rest.at = (char *)op->at + done;
		rest.n = op->n - done;
		break;
	case VECTOR:
		rest.at = local;
		rest.n = (size_t)iov_rest(op->at, (int)op->n, done, local);
		break;
	case MESSAGE:
		rest.shape = VECTOR;
		rest.at = local;
		rest.n = (size_t)iov_rest(m->msg_iov, (int)m->msg_iovlen, done,
					  local);
		rest.peer = m->msg_name;
		rest.to_len = m->msg_namelen;
		if (op->what == WAIT_WRITE) {
			rest.control = control;
			rest.control_size = io_later_control(m, control);
		}
		break;
	}
	/* The first answer named the sender. */
	if (op->what == WAIT_READ) {
		rest.peer = NULL;
		rest.to_len = 0;
		rest.from_len = NULL;
	} else {
		/* No signal: the call returns what it has sent. */
		rest.flags |= MSG_NOSIGNAL;
	}
	return rest;
}

/* Move what a first answer of `done` bytes left of op.  Most calls end with
 * their first answer, so this is not inlined; and op comes by value, so that it
 * need not lie in memory before. */
static __attribute__((noinline)) ssize_t io_finish(struct op op,
						   struct io_file *file,
						   size_t done, size_t size,
						   uint64_t deadline_ns)
{
	struct fdent *e = io_file_ent(file, op.e);
	struct iovec local[IOV_LOCAL];
	char control[CONTROL_LOCAL] __attribute__((aligned(sizeof(size_t))));

	/* The rest of a message is never moved. */
	if (e->kind == FD_SOCKET && fdtab_is_message(e))
		return (ssize_t)done;
	while (done < size && !fdtab_wants_nonblock(e)) {
		struct op rest = op_rest(&op, done, local, control);
		ssize_t r = transfer(&rest, file, &deadline_ns);

		if (r <= 0)
			break;
		done += (size_t)r;
		e = io_file_ent(file, op.e);
	}
	return (ssize_t)done;
}

/* Do op; all: go on after a partial result, as long as more can come. */
static INLINED ssize_t io_move(const struct op *op, bool all)
{
	uint64_t deadline = 0;
	struct io_file file;
	ssize_t r;

	file.wait.held = false;
	r = transfer(op, &file, &deadline);
	if (all && r > 0) {
		/* The kernel took a message: now we may look into it too. */
		size_t size = op_size(op);

		if ((size_t)r < size)
			r = io_finish(*op, &file, (size_t)r, size, deadline);
	}
	io_call_end();
	return r;
}

/*
 * A fiber yields (io_charge) before a read, and after a write: some programs
 * use a pipe with a byte in it as a lock, and a fiber must not yield while it
 * holds that lock.
 */
static INLINED ssize_t io_take(const struct op *op, bool all)
{
	io_charge(green_self);
	return io_move(op, all);
}

static INLINED ssize_t io_give(const struct op *op)
{
	ssize_t r = io_move(op, true);

	io_charge(green_self);
	return r;
}

/* ---- read, readv, write, writev, at the file's own position ---- */

static bool must_pass_plain(const struct fdent *e)
{
	return UNLIKELY(!e) || UNLIKELY(e->kind == FD_OTHER) ||
	       UNLIKELY(e->kind == FD_UNKNOWN);
}

static ssize_t file_call(struct fdent *e, int what, const struct iovec *iov,
			 int n)
{
	return io_file(e, what == WAIT_WRITE, iov, n);
}

/* number: of the system call. */
static INLINED ssize_t plain(const struct op *op, long number)
{
	enum io_call call = op->what == WAIT_READ ? IO_RECV : IO_SEND;

	if (op->e->kind == FD_FILE)
		return on_vector(op, file_call);
	if (UNLIKELY(op->e->whole) && !io_has_parts(op->e, call, 0))
		return IO_WHOLE(fdtab_fd(op->e), call, 0, number, op->at,
				op->n);
	return op->what == WAIT_READ ? io_take(op, false) : io_give(op);
}

ssize_t io_read(int number, void *buf, size_t n)
{
	int fd = program_fd(number);
	struct op op = { .e = fdtab_get(fd),
			 .shape = BUFFER,
			 .what = WAIT_READ,
			 .plain = true,
			 .at = buf,
			 .n = n };

	if (must_pass_plain(op.e))
		return IO_PASS(fd, raw_syscall(SYS_read, fd, buf, n));
	return plain(&op, SYS_read);
}

ssize_t io_write(int number, const void *buf, size_t n)
{
	int fd = program_fd(number);
	struct op op = { .e = fdtab_get(fd),
			 .shape = BUFFER,
			 .what = WAIT_WRITE,
			 .plain = true,
			 .at = (void *)buf,
			 .n = n };

	if (must_pass_plain(op.e))
		return IO_PASS(fd, raw_syscall(SYS_write, fd, buf, n));
	return plain(&op, SYS_write);
}

/* True if the number of pieces is invalid: leave the error to the kernel. */
static bool bad_pieces(int n)
{
	return UNLIKELY(n <= 0 || n > IOV_MOST);
}

ssize_t io_readv(int number, const struct iovec *iov, int n)
{
	int fd = program_fd(number);
	struct op op = { .e = fdtab_get(fd),
			 .shape = VECTOR,
			 .what = WAIT_READ,
			 .plain = true,
			 .at = (void *)iov,
			 .n = (size_t)n };

	if (must_pass_plain(op.e) || bad_pieces(n))
		return IO_PASS(fd, raw_syscall(SYS_readv, fd, iov, n));
	return plain(&op, SYS_readv);
}

ssize_t io_writev(int number, const struct iovec *iov, int n)
{
	int fd = program_fd(number);
	struct op op = { .e = fdtab_get(fd),
			 .shape = VECTOR,
			 .what = WAIT_WRITE,
			 .plain = true,
			 .at = (void *)iov,
			 .n = (size_t)n };

	if (must_pass_plain(op.e) || bad_pieces(n))
		return IO_PASS(fd, raw_syscall(SYS_writev, fd, iov, n));
	return plain(&op, SYS_writev);
}

/* ---- sockets ---- */

/* True if the call is not on a socket: the kernel returns the error. */
static bool must_pass(const struct fdent *e)
{
	return UNLIKELY(!e) || UNLIKELY(!io_is_socket(e));
}

/* True if the call cannot be made in parts. */
static INLINED bool must_go_whole(struct fdent *e, enum io_call call, int flags)
{
	return UNLIKELY((flags & ~IO_USUAL_FLAGS) | e->whole) &&
	       !io_has_parts(e, call, flags);
}

ssize_t io_recvfrom(int number, void *buf, size_t n, int flags,
		    struct sockaddr *from, socklen_t *fromlen)
{
	int fd = program_fd(number);
	struct op op = { .e = fdtab_get(fd),
			 .shape = BUFFER,
			 .what = WAIT_READ,
			 .flags = flags,
			 .at = buf,
			 .n = n,
			 .peer = from,
			 .from_len = fromlen };

	if (must_pass(op.e))
		return IO_PASS(fd, raw_syscall(SYS_recvfrom, fd, buf, n, flags,
					       from, fromlen));
	if (must_go_whole(op.e, IO_RECV, flags))
		return IO_WHOLE(fd, IO_RECV, flags, SYS_recvfrom, buf, n, flags,
				from, fromlen);
	return io_take(&op, flags & MSG_WAITALL);
}

ssize_t io_recvmsg(int number, struct msghdr *m, int flags)
{
	int fd = program_fd(number);
	struct op op = { .e = fdtab_get(fd),
			 .shape = MESSAGE,
			 .what = WAIT_READ,
			 .flags = flags,
			 .at = m };

	if (must_pass(op.e))
		return IO_PASS(fd, raw_syscall(SYS_recvmsg, fd, m, flags));
	if (must_go_whole(op.e, IO_RECVMSG, flags))
		return IO_WHOLE(fd, IO_RECVMSG, flags, SYS_recvmsg, m, flags);
	return io_take(&op, flags & MSG_WAITALL);
}

ssize_t io_sendto(int number, const void *buf, size_t n, int flags,
		  const struct sockaddr *to, socklen_t tolen)
{
	int fd = program_fd(number);
	struct op op = { .e = fdtab_get(fd),
			 .shape = BUFFER,
			 .what = WAIT_WRITE,
			 .flags = flags,
			 .at = (void *)buf,
			 .n = n,
			 .peer = (struct sockaddr *)to,
			 .to_len = tolen };

	if (must_pass(op.e))
		return IO_PASS(fd, raw_syscall(SYS_sendto, fd, buf, n, flags,
					       to, tolen));
	if (must_go_whole(op.e, IO_SEND, flags))
		return IO_WHOLE(fd, IO_SEND, flags, SYS_sendto, buf, n, flags,
				to, tolen);
	return io_give(&op);
}

ssize_t io_sendmsg(int number, const struct msghdr *m, int flags)
{
	int fd = program_fd(number);
	struct op op = { .e = fdtab_get(fd),
			 .shape = MESSAGE,
			 .what = WAIT_WRITE,
			 .flags = flags,
			 .at = (void *)m };

	if (must_pass(op.e))
		return IO_PASS(fd, raw_syscall(SYS_sendmsg, fd, m, flags));
	if (must_go_whole(op.e, IO_SENDMSG, flags))
		return IO_WHOLE(fd, IO_SENDMSG, flags, SYS_sendmsg, m, flags);
	return io_give(&op);
}
