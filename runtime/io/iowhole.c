/*
 * Calls on sockets that go to the kernel whole, because they cannot be made in
 * parts: in place where they do not wait, else on a hop.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "io/io.h"
#include "signal/user_copy.h"

#define FLAGS_OF_CALL(call, tcp, streams, messages)                            \
	[call] = { tcp, streams, messages },
static const int parking_flags[IO_CALLS][3] = { IO_PARKING_FLAGS(
	FLAGS_OF_CALL) };

static bool is_receiving(enum io_call call)
{
	return call < IO_SEND;
}

bool io_has_parts(struct fdent *e, enum io_call call, int flags)
{
	int kind;

	if (flags & MSG_DONTWAIT)
		return false;
	kind = e->kind == FD_STREAM ? 0 : fdtab_is_message(e) ? 2 : 1;
	if (e->whole &
	    (is_receiving(call) ? WHOLE_RECV : WHOLE_SEND | WHOLE_OPEN))
		return false;
	if (flags & ~parking_flags[call][kind])
		return false;
	if (kind == 2 || !(flags & MSG_WAITALL))
		return true;
	/* Only the kernel can peek at more than the first part, and knows where
	 * a record or urgent data interrupt the stream. */
	return !(flags & MSG_PEEK) && !e->no_short_read;
}

bool io_call_has_parts(int fd, enum io_call call, int flags)
{
	struct fdent *e = fdtab_get(fd);

	return e && io_is_socket(e) && io_has_parts(e, call, flags);
}

bool io_keeps_messages(int fd)
{
	struct fdent *e = fdtab_get(fd);

	return e && io_is_socket(e) && fdtab_is_message(e);
}

static long make_call(int fd, const struct io_whole *w)
{
	return raw_syscall(w->number, fd, w->a[0], w->a[1], w->a[2], w->a[3],
			   w->a[4]);
}

static bool never_waits(struct fdent *e, const struct io_whole *w)
{
	if ((w->flags & MSG_DONTWAIT) || !io_is_socket(e))
		return true;
	if (is_receiving(w->call) && e->kind == FD_STREAM &&
	    (w->flags & TCP_NEVER_WAITS))
		return true;
	return fdtab_wants_nonblock(e);
}

/* Would the kernel refuse the call before it waits? */
static bool has_bad_message(const struct io_whole *w)
{
	struct msghdr m;

	return w->call == IO_RECVMSG &&
	       USER_GET(&m, (const struct msghdr *)w->a[0]) < 0;
}

/*
 * A carrier of its own is dear while nothing has come: wait for the first byte
 * in the hub.  The kernel would count a timeout from the beginning of its call,
 * so not where there is one.
 */
static long wait_for_first(struct io_file *file, const struct fdent *e,
			   const struct io_whole *w)
{
	long r;

	if (!is_receiving(w->call) || w->call == IO_RECVMMSG ||
	    e->rcvtimeo_ns || (w->flags & ~(RECV_FIRST | MSG_WAITALL)) ||
	    has_bad_message(w))
		return 0;
	r = io_file_wait(file, false, GREEN_FOREVER);
	return r == -EPERM ? 0 : r;
}

static long on_hop(struct io_file *file, const struct io_whole *w,
		   bool restartable)
{
	long r;
	int fd;

	do {
		/* The kernel holds the file as soon as the call begins. */
		fd = io_file_fd(file);
		io_file_done(file);
		hop_enter();
		r = make_call(fd, w);
		hop_leave();
	} while (UNLIKELY(r == -EINTR) &&
		 !signal_interrupted(restartable, true));
	return r;
}

static long whole(struct io_file *file, struct fdent *e,
		  const struct io_whole *w)
{
	uint64_t timeo;
	long r;

	if (!e)
		return IO_PASS(file->fd, make_call(file->fd, w));
	if (never_waits(e, w))
		return make_call(file->fd, w);
	timeo = is_receiving(w->call) ? e->rcvtimeo_ns : e->sndtimeo_ns;
	r = wait_for_first(file, e, w);
	if (r < 0)
		return r;
	/* signal(7): a call with a socket timeout set is not restarted. */
	r = on_hop(file, w, !timeo);
	e = io_file_ent(file, e);
	if (is_receiving(w->call))
		e->drained = e->rd_seq - 1;
	else if (r >= 0)
		e->whole &= (uint8_t)~WHOLE_OPEN;
	return r;
}

long io_whole(int fd, struct io_whole w)
{
	bool in = is_receiving(w.call), waits = !(w.flags & MSG_DONTWAIT);
	struct io_file file = IO_FILE(fd);
	long r;

	if (in && waits)
		io_charge(green_self);
	r = whole(&file, fdtab_get(fd), &w);
	io_call_end();
	if (!in && waits)
		io_charge(green_self);
	return r;
}

/* ---- socket options ---- */

static bool options_in_use;

uint8_t io_whole_options(int fd)
{
	uint8_t bits = 0;
	socklen_t len;
	int v;

#define ASK_OPTION(bit, level, option, is_set)                                 \
	v = 0;                                                                 \
	len = sizeof(v);                                                       \
	if (raw_syscall(SYS_getsockopt, fd, level, option, &v, &len) == 0 &&   \
	    (is_set))                                                          \
		bits |= (bit);
	IO_WHOLE_OPTIONS(ASK_OPTION)
#undef ASK_OPTION
	return bits;
}

void io_option_set(int fd, int level, int option)
{
	struct fdent *e;

	/* Timestamps have two numbers. */
	if (level == SOL_SOCKET && option == SO_TIMESTAMPING_NEW)
		option = SO_TIMESTAMPING;
#define IS_OPTION(bit, of_level, of_option, is_set)                            \
	(level == (of_level) && option == (of_option)) ||
	if (!(IO_WHOLE_OPTIONS(IS_OPTION) false))
		return;
#undef IS_OPTION
	options_in_use = true;
	e = fdtab_get(fd);
	if (e)
		e->whole = io_whole_options(fd);
}

void io_options_inherited(int fd)
{
	struct fdent *e = fdtab_peek(fd);

	if (UNLIKELY(options_in_use) && e)
		e->whole = io_whole_options(fd);
}
