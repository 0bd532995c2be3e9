/* io.h - what the files of descriptor I/O share; private to runtime/io*.c. */
#ifndef GREEN_IO_H
#define GREEN_IO_H

#include "base/now.h"
#include "io/calls.h"
#include "io/fdtab.h"
#include "signal/signals.h"

/* ---- iowait.c ---- */

/*
 * Wait until e has an event newer than seq, which was read from its counter
 * before the try that would have blocked.
 * 0, -EINTR, -EAGAIN (deadline), -EBADF (closed), -EPERM: no set takes it.
 */
int io_wait(struct fdent *e, int what, uint32_t seq, uint64_t deadline_ns,
	    bool exclusive, bool restartable);

/*
 * The same, within the socket's timeout.  *deadline_ns is the call's own, 0 at
 * first, and set at its first wait: no clock is read before.
 */
static inline int io_wait_timed(struct fdent *e, int what, uint32_t seq,
				uint64_t *deadline_ns, bool exclusive)
{
	uint64_t timeo = what == WAIT_READ ? e->rcvtimeo_ns : e->sndtimeo_ns;

	if (!*deadline_ns)
		*deadline_ns = timeo ? now_ns() + timeo : GREEN_FOREVER;
	/* signal(7): a call with a socket timeout set is not restarted. */
	return io_wait(e, what, seq, *deadline_ns, exclusive, !timeo);
}

/* A handler interrupts f in accept: it may wait itself, or jump away. */
void accept_interrupted(struct fiber *f);

/* poll(2) that does not wait; of e's descriptor. */
int io_poll_now(struct pollfd *fds, unsigned long n); /* iopoll.c */
int io_ready_now(const struct fdent *e, short events);

/* ---- iofile.c, iopipe.c: read, write and kin ---- */

/* Of a regular file (FD_FILE), at its own position. */
ssize_t io_file(struct fdent *e, bool write, const struct iovec *iov, int n);

/* Of what is neither a regular file nor a socket.  What: WAIT_READ or
 * WAIT_WRITE.  -EAGAIN: the call would block. */
ssize_t io_pipe_try(struct fdent *e, int what, const struct iovec *iov, int n);
/* The same call, on a hop until it is done: for files that no set takes. */
ssize_t io_pipe_hop(struct fdent *e, int what, const struct iovec *iov, int n);

/* A blocking call on a hop.  What the runtime tells a carrier by a signal
 * interrupts it too: then it is made once more. */
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

/* ---- vectors ---- */

#define IOV_MOST  1024 /* the kernel takes no longer vector */
#define IOV_LOCAL 64   /* pieces of a vector on a fiber's stack */

static inline size_t iov_size(const struct iovec *v, int n)
{
	size_t total = 0;
	int i;

	for (i = 0; i < n; i++)
		total += v[i].iov_len;
	return total;
}

/* What is left of the vector after `skip` bytes: its first IOV_LOCAL pieces.
 * Returns their number. */
int iov_rest(const struct iovec *v, int n, size_t skip,
	     struct iovec out[IOV_LOCAL]);

static inline bool io_is_socket(const struct fdent *e)
{
	return e->kind == FD_STREAM || e->kind == FD_SOCKET ||
	       e->kind == FD_LISTEN;
}

#endif
