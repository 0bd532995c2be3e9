/* io.h - what the files of descriptor I/O share; private to runtime/io/. */
#ifndef GREEN_IO_H
#define GREEN_IO_H

#include "base/now.h"
#include "io/calls.h"
#include "io/fdtab.h"
#include "signal/signals.h"

/* ---- iowait.c ---- */

/*
 * Wait until the file has an event newer than seq, which was read from its
 * counter before the try that would have blocked.  e: of the program's
 * descriptor, for a call that holds nothing yet.
 * 0, -EINTR, -EAGAIN (deadline), -EBADF (closed), -EPERM: no set takes it.
 */
int io_wait(struct io_file *file, struct fdent *e, int what, uint32_t seq,
	    uint64_t deadline_ns, bool exclusive, bool restartable);

/* The file's entry now; e: as above. */
static inline struct fdent *io_file_ent(const struct io_file *file,
					struct fdent *e)
{
	return UNLIKELY(file->wait.held) ? file->wait.ent : e;
}

/*
 * The same, within the socket's timeout.  *deadline_ns belongs to the caller's
 * call: 0 at first, and set at the call's first wait, so that a call that does
 * not wait reads no clock.
 */
static inline int io_wait_timed(struct io_file *file, struct fdent *e, int what,
				uint32_t seq, uint64_t *deadline_ns,
				bool exclusive)
{
	const struct fdent *now = io_file_ent(file, e);
	uint64_t timeo = what == WAIT_READ ? now->rcvtimeo_ns
					   : now->sndtimeo_ns;

	if (!*deadline_ns)
		*deadline_ns = timeo ? now_ns() + timeo : GREEN_FOREVER;
	/* signal(7): a call with a socket timeout set is not restarted. */
	return io_wait(file, e, what, seq, *deadline_ns, exclusive, !timeo);
}

/* A handler interrupts f: it may wait itself, or jump away. */
void io_interrupted(struct fiber *f);

/* poll(2) without waiting (iopoll.c); the same for e's descriptor alone. */
int io_poll_now(struct pollfd *fds, unsigned long n);
int io_ready_now(const struct fdent *e, short events);
/* poll(2) on a hop; -EINTR also for what the runtime tells a carrier. */
int io_poll_hop(struct pollfd *fds, unsigned long n, uint64_t deadline_ns);

/* ---- iofile.c, iopipe.c: read, write and kin ---- */

/* Read or write a regular file (FD_FILE), at its own position. */
ssize_t io_file(struct fdent *e, bool write, const struct iovec *iov, int n);

/* Read (what is WAIT_READ) or write (WAIT_WRITE) a file that is neither regular
 * nor a socket.  -EAGAIN: the call would block. */
ssize_t io_pipe_try(struct fdent *e, int what, const struct iovec *iov, int n);

/* The same, blocking, on a hop: for files that epoll does not accept. */
ssize_t io_pipe_hop(struct fdent *e, int what, const struct iovec *iov, int n);

/* Make a blocking call on a hop.  A kick of the runtime, sent to the carrier as
 * a signal, also interrupts the call: then it is made again. */
#define IO_HOP(call)                                                           \
	({                                                                     \
		long hop_r_;                                                   \
                                                                               \
		do {                                                           \
			hop_enter();                                           \
			hop_r_ = (call);                                       \
			hop_leave();                                           \
		} while (UNLIKELY(hop_r_ == -EINTR) &&                         \
			 !signal_interrupted(true, true));                     \
		hop_r_;                                                        \
	})

/* A call that is the kernel's alone: of fd, which has no entry, or an entry that
 * says that the call does not wait. */
#define IO_PASS(fd, call) (fdtab_is_beyond(fd) ? IO_HOP(call) : (call))

/* ---- iowhole.c: calls on sockets that are not made in parts ---- */

/* May the call be tried with MSG_DONTWAIT as often as it takes?  e: a socket.
 * See flags.h. */
bool io_has_parts(struct fdent *e, enum io_call call, int flags);

/* Bits of fdent.whole for fd, as the kernel has its options. */
uint8_t io_whole_options(int fd);

/* ---- vectors ---- */

#define IOV_MOST  1024 /* the kernel's limit on the length of a vector */
#define IOV_LOCAL 64   /* pieces of a vector on a fiber's stack */

/* Store in out what is left of the vector after `skip` bytes, at most the first
 * IOV_LOCAL pieces of that.  Returns their number. */
int iov_rest(const struct iovec *v, int n, size_t skip,
	     struct iovec out[IOV_LOCAL]);

/* ---- later parts of a call (iorest.c) ---- */

#define CONTROL_LOCAL 256 /* bytes of control data on a fiber's stack */

/* Copy the control data that belongs to all of a message's bytes: credentials,
 * the type of a TLS record.  Descriptors go with the first byte only.  Returns
 * the size. */
size_t io_later_control(const struct msghdr *m, char room[CONTROL_LOCAL]);

/*
 * Would the next part of a call on TCP meet what natively ends the call and is
 * told by the next one?  A try would use up the connection's error, or read
 * past the mark of urgent data.
 */
bool io_is_over(const struct fdent *e, int what);

static inline bool io_is_socket(const struct fdent *e)
{
	return e->kind == FD_STREAM || e->kind == FD_SOCKET ||
	       e->kind == FD_LISTEN;
}

#endif
