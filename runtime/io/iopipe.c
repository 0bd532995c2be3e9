/*
 * Pipes, terminals and their like: read, write and kin of files that are
 * neither sockets nor regular files, tried once without blocking.
 *
 * Pipes take RWF_NOWAIT.  Files that do not know the flag (terminals, FIFOs,
 * inotify) are called where poll says that the call can do something.
 */
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "io/io.h"

/* What a file takes at least once poll says that it can be written to. */
#define POLLOUT_PROMISES 4096

static ssize_t call_plain(const struct fdent *e, bool in,
			  const struct iovec *iov, int n)
{
	return raw_syscall(in ? SYS_readv : SYS_writev, fdtab_fd(e), iov, n);
}

/* Is it the process's terminal, with another process group in the foreground?
 */
static bool in_background(const struct fdent *e)
{
	int fd = fdtab_fd(e), group, session;

	return raw_syscall(SYS_ioctl, fd, TIOCGPGRP, &group) == 0 &&
	       group != raw_syscall(SYS_getpgid, 0) &&
	       raw_syscall(SYS_ioctl, fd, TIOCGSID, &session) == 0 &&
	       session == raw_syscall(SYS_getsid, 0);
}

/* A terminal stops a process that reads it from the background, or fails its
 * read, even if there is nothing to read; a read of no bytes does only that. */
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

static ssize_t try_polled(const struct fdent *e, bool in,
			  const struct iovec *iov, int n)
{
	bool terminal;
	ssize_t r;

	if (!io_ready_now(e, in ? POLLIN : POLLOUT))
		return in ? may_wait(e) : -EAGAIN;
	terminal = terminal_enter();
	if (!in && n == 1 && iov->iov_len > POLLOUT_PROMISES)
		r = raw_syscall(SYS_write, fdtab_fd(e), iov->iov_base,
				POLLOUT_PROMISES);
	else
		r = call_plain(e, in, iov, n);
	if (terminal)
		mask_return();
	return r;
}

ssize_t io_pipe_try(struct fdent *e, int what, const struct iovec *iov, int n)
{
	bool in = what == WAIT_READ;
	bool polled = e->kind == FD_POLLED || (!in && e->polled_write);

	if (e->kind == FD_PIPE && !polled) {
		long r = raw_syscall(in ? SYS_preadv2 : SYS_pwritev2,
				     fdtab_fd(e), iov, n, -1l, -1l, RWF_NOWAIT);

		/* An eventfd's EINVAL means a buffer below 8 bytes; any other
		 * file says so because it does not know the flag. */
		if (r != -EOPNOTSUPP && (r != -EINVAL || iov_size(iov, n) < 8))
			return r;
		polled = true;
		/* An eventfd knows the flag for reading only. */
		if (in)
			e->kind = FD_POLLED; /* a FIFO, inotify, signalfd */
		else
			e->polled_write = true;
	}
	return polled ? try_polled(e, in, iov, n) : call_plain(e, in, iov, n);
}

ssize_t io_pipe_hop(struct fdent *e, int what, const struct iovec *iov, int n)
{
	return IO_HOP(call_plain(e, what == WAIT_READ, iov, n));
}
