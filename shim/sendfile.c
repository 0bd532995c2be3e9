/*
 * sendfile.c - moving bytes inside the kernel.
 *
 * None of these calls has a flag against waiting for a socket.  So wait in the
 * hub until the socket has room, and pass no more bytes than fit.  For a pipe
 * there is SPLICE_F_NONBLOCK.  The fiber hops for a file that is not in the
 * page cache, and in all other cases.
 */
#include <sys/ioctl.h>
#include <sys/sendfile.h>

#include "descriptor.h"

/* getsockopt(SO_MEMINFO): indices from linux/sock_diag.h */
#define MEMINFO_SNDBUF 3
#define MEMINFO_QUEUED 5
#define MEMINFO_VARS   16

#define CHUNK_MIN 4096

static bool is_socket(enum fd_kind kind)
{
	return kind == FD_STREAM || kind == FD_SOCKET;
}

static bool is_pipe(int fd)
{
	return raw_syscall(SYS_fcntl, fd, F_GETPIPE_SZ) >= 0;
}

/* The same, where the table knows better for most. */
static bool kind_is_pipe(int fd, enum fd_kind kind)
{
	return (kind == FD_PIPE || kind == FD_POLLED) && is_pipe(fd);
}

/*
 * The number of bytes that certainly fit into the send buffer of the socket; 0:
 * wait.  The kernel accepts bytes while less than the size of the buffer is
 * queued, so half of the rest leaves room for the overhead of each packet.
 */
static size_t room_in(int fd)
{
	uint32_t mem[MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(mem);
	size_t room;

	if (raw_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_MEMINFO, mem, &len) <
	    0)
		return CHUNK_MIN;
	if (mem[MEMINFO_QUEUED] >= mem[MEMINFO_SNDBUF])
		return 0;
	room = (mem[MEMINFO_SNDBUF] - mem[MEMINFO_QUEUED]) / 2;
	return room < CHUNK_MIN ? CHUNK_MIN : room;
}

/* Wait as a blocking send on fd does.  Returns 0 or -errno; -EAGAIN after
 * SO_SNDTIMEO (socket(7)). */
static long wait_room(struct io_file *file)
{
	uint64_t timeout = IO_CALL(file, fd,
				   (long)socket_timeout_now(fd, true));
	long r = io_file_wait(file, true,
			      timeout ? green_now() + timeout : GREEN_FOREVER);

	if (r == -EPERM)
		return 0; /* not a file that epoll watches: always ready */
	return r == -ETIMEDOUT ? -EAGAIN : r;
}

static long wait_data(struct io_file *file)
{
	long r = io_file_wait(file, false, GREEN_FOREVER);

	return r == -EPERM ? 0 : r;
}

static bool has_data(int fd)
{
	int n = 0;

	return raw_syscall(SYS_ioctl, fd, FIONREAD, &n) == 0 && n > 0;
}

/* True if a read at this offset would wait for the disk. */
static bool is_cold(int fd, off_t at)
{
	char byte;
	struct iovec iov = { &byte, 1 };

	return raw_syscall(SYS_preadv2, fd, &iov, 1, at, 0, RWF_NOWAIT) ==
	       -EAGAIN;
}

/* Move up to n bytes to a socket or a pipe, once. */
static long send_some(int out, int in, off_t *at, size_t n, bool to_pipe,
		      bool cold)
{
	if (to_pipe)
		return cold ? HOP(SYS_splice, in, at, out, NULL, n,
				  SPLICE_F_NONBLOCK)
			    : raw_syscall(SYS_splice, in, at, out, NULL, n,
					  SPLICE_F_NONBLOCK);
	return cold ? HOP(SYS_sendfile, out, in, at, n)
		    : raw_syscall(SYS_sendfile, out, in, at, n);
}

static inline void end_call(const char *unused)
{
	(void)unused;
	io_call_end();
}

/* In the function on whose frame the held files lie: the call ends where the
 * function returns. */
#define HOLDS_FILES                                                            \
	const char holds_ __attribute__((cleanup(end_call), unused)) = 0

/* The descriptor by which to call the kernel, of a file that may be held. */
static int number_now(struct io_file *file)
{
	int fd = io_file_fd(file);

	io_file_done(file);
	return fd;
}

static long send_from(int out, int in, off_t *at, size_t n, bool to_pipe)
{
	struct io_file from = IO_FILE(in), to = IO_FILE(out);
	HOLDS_FILES;
	size_t done = 0, part;
	off_t place;
	long r = 0;

	if (fdtab_nonblock(out)) {
		place = at ? *at : raw_syscall(SYS_lseek, in, 0, SEEK_CUR);
		return is_cold(in, place)
			       ? HOP(SYS_sendfile, out, in, at, n)
			       : raw_syscall(SYS_sendfile, out, in, at, n);
	}
	while (done < n) {
		in = number_now(&from);
		out = number_now(&to);
		part = to_pipe ? n - done : room_in(out);
		if (part > n - done)
			part = n - done;
		if (part == 0) {
			io_file_hold(&from);
			r = wait_room(&to);
			if (r < 0)
				break;
			continue;
		}
		place = at ? *at : raw_syscall(SYS_lseek, in, 0, SEEK_CUR);
		r = send_some(out, in, at, part, to_pipe,
			      is_cold(in, place) ||
				      is_cold(in, place + (off_t)part - 1));
		if (r == -EAGAIN) {
			io_file_hold(&from);
			r = wait_room(&to);
		} else if (r > 0) {
			done += (size_t)r;
		} else {
			break; /* end of file, or an error */
		}
		if (r < 0)
			break;
		green_yield();
	}
	return done ? (long)done : r;
}

/* As in the kernel, the offset is read before everything else, and written
 * whatever has become of the call. */
static long send_file(int out, int in, off_t *at, size_t n)
{
	enum fd_kind kind = fdtab_kind(out);
	bool to_pipe = kind == FD_PIPE && is_pipe(out);
	off_t offset;
	long r;

	if ((!is_socket(kind) && !to_pipe) || fdtab_kind(in) != FD_FILE)
		return HOP(SYS_sendfile, out, in, at, n);
	if (!at)
		return send_from(out, in, NULL, n, to_pipe);
	if (USER_GET(&offset, at) < 0)
		return -EFAULT;
	r = send_from(out, in, &offset, n, to_pipe);
	return USER_PUT(at, &offset) < 0 ? -EFAULT : r;
}

INTERPOSE(ssize_t, sendfile, (int out, int in, off_t *at, size_t n))
{
	long r;

	out = program_fd(out);
	in = program_fd(in);
	if (!rt_fiber())
		return PASS(SYS_sendfile, out, in, at, n);
	/* Not a cancellation point, but a cancellation request interrupts the
	 * waits in send_file(). */
	do
		r = send_file(out, in, at, n);
	while (r == -EINTR && !signal_interrupted(true, false));
	return as_errno(r);
}
INTERPOSE_ALIAS(sendfile64, sendfile)

#define SPLICE_FLAGS                                                           \
	(SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT)

/* One end of a splice. */
struct end {
	int fd;
	enum fd_kind kind;
	bool pipe;	/* what SPLICE_F_NONBLOCK is about */
	bool bad;	/* not open, or not this way */
	bool waits;	/* has no O_NONBLOCK */
	bool has_place; /* the call gives an offset */
};

static struct end end_of(int fd, const off_t *at, int wrong_way)
{
	struct end e = { .fd = fd,
			 .kind = fdtab_kind(fd),
			 .has_place = at != NULL };
	long mode;

	if (is_socket(e.kind)) {
		e.waits = !fdtab_nonblock(fd);
		return e;
	}
	e.pipe = kind_is_pipe(fd, e.kind);
	mode = raw_syscall(SYS_fcntl, fd, F_GETFL);
	e.bad = mode < 0 || (mode & O_ACCMODE) == wrong_way;
	e.waits = e.pipe && !(mode & O_NONBLOCK);
	return e;
}

/* Such a call fails, or returns 0, before any wait: nothing would end ours. */
static bool never_moves(const struct end *in, const struct end *out, size_t n,
			unsigned int flags)
{
	return !n || (flags & ~SPLICE_FLAGS) || in->bad || out->bad ||
	       (!in->pipe && !out->pipe) ||
	       (in->has_place && in->kind != FD_FILE) ||
	       (out->has_place && out->kind != FD_FILE);
}

/* The kernel finds what else is wrong, and does not wait for such an end. */
static bool can_ask_first(const struct end *e)
{
	return e->pipe || e->kind == FD_FILE;
}

/* Terminals, timers and their like: only the kernel knows what they do. */
static bool is_strange(const struct end *e)
{
	return !can_ask_first(e) && !is_socket(e->kind);
}

/*
 * splice(2): one end is a pipe, for which SPLICE_F_NONBLOCK prevents a wait.
 * The other end waits unless its file has O_NONBLOCK, so wait for that end in
 * the hub first.
 */
static long splice_on(int in, off_t *in_at, int out, off_t *out_at, size_t n,
		      unsigned int flags)
{
	struct io_file source = IO_FILE(in), sink = IO_FILE(out);
	HOLDS_FILES;
	struct end first = end_of(in, in_at, O_WRONLY);
	struct end last = end_of(out, out_at, O_RDONLY);
	enum fd_kind from = first.kind, to = last.kind;
	bool wait_in = first.waits, wait_out = last.waits;
	bool ask = can_ask_first(&first) && can_ask_first(&last);
	size_t done = 0, part;
	long r = 0;

	if (never_moves(&first, &last, n, flags))
		return raw_syscall(SYS_splice, in, in_at, out, out_at, n,
				   flags);
	if (is_strange(&first) || is_strange(&last))
		return HOP(SYS_splice, in, in_at, out, out_at, n, flags);
	if (flags & SPLICE_F_NONBLOCK) {
		wait_in = wait_in && is_socket(from);
		wait_out = wait_out && is_socket(to);
	}
	while (done < n) {
		part = n - done;
		if (wait_in || wait_out) {
			io_file_hold(&source);
			io_file_hold(&sink);
		}
		/* Once bytes have been moved, do not wait for more: move only
		 * what is there. */
		if (!done && wait_in && !ask && (r = wait_data(&source)) < 0)
			break;
		if (done && !has_data(number_now(&source)))
			break;
		if (wait_out && !ask && (r = wait_room(&sink)) < 0)
			break;
		ask = false;
		if (wait_out && is_socket(to)) {
			size_t room = room_in(number_now(&sink));

			if (room == 0)
				continue;
			part = room < part ? room : part;
		}
		if (from == FD_FILE || to == FD_FILE)
			r = HOP(SYS_splice, number_now(&source), in_at,
				number_now(&sink), out_at, part,
				flags | SPLICE_F_NONBLOCK);
		else
			r = IO_CALL(
				&source, from_fd,
				IO_CALL(&sink, to_fd,
					raw_syscall(
						SYS_splice, from_fd, in_at,
						to_fd, out_at, part,
						flags | SPLICE_F_NONBLOCK)));
		if (r > 0)
			done += (size_t)r;
		if (r == -EAGAIN && !done && (wait_in || wait_out) &&
		    !(flags & SPLICE_F_NONBLOCK)) {
			green_yield();
			continue;
		}
		if (r <= 0 || part == n || (size_t)r < part)
			break;
	}
	return done ? (long)done : r;
}

INTERPOSE(ssize_t, splice,
	  (int in, off_t *in_at, int out, off_t *out_at, size_t n,
	   unsigned int flags))
{
	in = program_fd(in);
	out = program_fd(out);
	if (!rt_fiber())
		return PASS_CANCEL(SYS_splice, in, in_at, out, out_at, n,
				   flags);
	return as_errno(
		CANCEL_POINT(splice_on(in, in_at, out, out_at, n, flags)));
}

/* Both ends are pipes, or the kernel says at once that they are not. */
static long tee_on(int in, int out, size_t n, unsigned int flags)
{
	struct io_file source = IO_FILE(in), sink = IO_FILE(out);
	HOLDS_FILES;
	bool wait_in = !(flags & SPLICE_F_NONBLOCK) && !fdtab_nonblock(in);
	bool wait_out = !(flags & SPLICE_F_NONBLOCK) && !fdtab_nonblock(out);
	long r;

	for (;;) {
		if (wait_in || wait_out) {
			io_file_hold(&source);
			io_file_hold(&sink);
		}
		r = IO_CALL(&source, from,
			    IO_CALL(&sink, to,
				    raw_syscall(SYS_tee, from, to, n,
						flags | SPLICE_F_NONBLOCK)));
		if (r != -EAGAIN || !wait_in || !wait_out)
			return r;
		r = wait_data(&source);
		if (r == 0)
			r = wait_room(&sink);
		if (r < 0)
			return r;
		green_yield();
	}
}

INTERPOSE(ssize_t, tee, (int in, int out, size_t n, unsigned int flags))
{
	in = program_fd(in);
	out = program_fd(out);
	if (!rt_fiber())
		return PASS_CANCEL(SYS_tee, in, out, n, flags);
	return as_errno(CANCEL_POINT(tee_on(in, out, n, flags)));
}

/* vmsplice(2): writes to the write end of a pipe, reads from the read end. */
static long vmsplice_on(int fd, const struct iovec *iov, size_t n,
			unsigned int flags)
{
	long mode = raw_syscall(SYS_fcntl, fd, F_GETFL);
	bool write = mode >= 0 && (mode & O_ACCMODE) != O_RDONLY;
	struct io_file file = IO_FILE(fd);
	HOLDS_FILES;
	long r;

	for (;;) {
		r = IO_CALL(&file, now,
			    raw_syscall(SYS_vmsplice, now, iov, n,
					flags | SPLICE_F_NONBLOCK));
		if (r != -EAGAIN || (flags & SPLICE_F_NONBLOCK) ||
		    (mode & O_NONBLOCK))
			return r;
		r = write ? wait_room(&file) : wait_data(&file);
		if (r < 0)
			return r;
	}
}

INTERPOSE(ssize_t, vmsplice,
	  (int fd, const struct iovec *iov, size_t n, unsigned int flags))
{
	fd = program_fd(fd);
	if (!rt_fiber())
		return PASS_CANCEL(SYS_vmsplice, fd, iov, n, flags);
	return as_errno(CANCEL_POINT(vmsplice_on(fd, iov, n, flags)));
}

INTERPOSE(ssize_t, copy_file_range,
	  (int in, off_t *in_at, int out, off_t *out_at, size_t n,
	   unsigned int flags))
{
	in = program_fd(in);
	out = program_fd(out);
	if (!rt_fiber())
		return PASS_CANCEL(SYS_copy_file_range, in, in_at, out, out_at,
				   n, flags);
	return as_errno(CANCEL_POINT(
		HOP(SYS_copy_file_range, in, in_at, out, out_at, n, flags)));
}
