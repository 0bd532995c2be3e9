/*
 * Pipes, terminals and their like: read, write and kin of files that are
 * neither sockets nor regular files, tried once without blocking.
 *
 * Pipes take RWF_NOWAIT.  Files that do not know the flag (terminals, FIFOs,
 * inotify) are called where poll says that the call can do something.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "io/io.h"
#include "signal/user_copy.h"

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

/* "anon_inode:[eventfd]" and its like: what /proc calls e's file. */
static bool is_called(const struct fdent *e, const char *name)
{
	char path[32] = "/proc/self/fd/", digits[16], is[32];
	int fd = fdtab_fd(e), i = 0;
	size_t at = strlen(path);
	long len;

	do
		digits[i++] = (char)('0' + fd % 10);
	while ((fd /= 10) > 0);
	while (i > 0)
		path[at++] = digits[--i];
	path[at] = '\0';
	len = raw_syscall(SYS_readlink, path, is, sizeof(is));
	return len == (long)strlen(name) && !memcmp(is, name, (size_t)len);
}

static bool is_fifo(const struct fdent *e)
{
	return raw_syscall(SYS_fcntl, fdtab_fd(e), F_GETPIPE_SZ) >= 0;
}

/*
 * Of the files without a name that can be written to, only a pipe and an
 * eventfd ever wait, and that for 8 bytes that are not all ones.  Poll says of
 * none of the others that it can be written to.
 */
static bool write_never_waits(const struct fdent *e, const struct iovec *iov,
			      int n)
{
	uint64_t value;

	if (e->kind != FD_PIPE || is_fifo(e))
		return false;
	return !is_called(e, "anon_inode:[eventfd]") || n != 1 ||
	       iov->iov_len != sizeof(value) ||
	       USER_GET(&value, (const uint64_t *)iov->iov_base) < 0 ||
	       value == UINT64_MAX;
}

/* The call as it is, on what may be a terminal. */
static ssize_t call_whole(const struct fdent *e, bool in,
			  const struct iovec *iov, int n)
{
	bool terminal = terminal_enter();
	ssize_t r = call_plain(e, in, iov, n);

	if (terminal)
		mask_return();
	return r;
}

/* Bytes of the vector, as far as they matter here; 0: it cannot be read. */
static size_t size_of(const struct iovec *iov, int n)
{
	struct iovec one;
	size_t total = 0;
	int i;

	for (i = 0; i < n && total <= POLLOUT_PROMISES; i++) {
		if (USER_GET(&one, &iov[i]) < 0)
			return 0;
		total += one.iov_len;
	}
	return total;
}

/*
 * More than poll promises room for.  With O_NONBLOCK the call does not wait.  A
 * FIFO takes its bytes by pieces, as the kernel itself would: no more than that
 * stays together.  To a device a call may be a record, so it is made whole.
 */
static ssize_t write_much(struct fdent *e, const struct iovec *iov, int n)
{
	struct iovec piece[IOV_LOCAL];
	size_t left = POLLOUT_PROMISES;
	int i;

	if (fdtab_wants_nonblock(e))
		return call_whole(e, false, iov, n);
	if (!is_fifo(e))
		return IO_HOP(call_whole(e, false, iov, n));
	for (i = 0; i < n && i < IOV_LOCAL && left; i++) {
		if (USER_GET(&piece[i], &iov[i]) < 0)
			return -EFAULT;
		if (piece[i].iov_len > left)
			piece[i].iov_len = left;
		left -= piece[i].iov_len;
	}
	return call_plain(e, false, piece, i);
}

static ssize_t try_polled(struct fdent *e, bool in, const struct iovec *iov,
			  int n)
{
	if (!io_ready_now(e, in ? POLLIN : POLLOUT)) {
		if (in)
			return may_wait(e);
		return write_never_waits(e, iov, n) ? call_plain(e, in, iov, n)
						    : -EAGAIN;
	}
	if (!in && size_of(iov, n) > POLLOUT_PROMISES)
		return write_much(e, iov, n);
	return call_whole(e, in, iov, n);
}

ssize_t io_pipe_try(struct fdent *e, int what, const struct iovec *iov, int n)
{
	bool in = what == WAIT_READ;
	bool polled = in ? e->no_nowait : e->polled_write;

	if ((e->kind == FD_PIPE || e->kind == FD_POLLED) && !polled) {
		long r = raw_syscall(in ? SYS_preadv2 : SYS_pwritev2,
				     fdtab_fd(e), iov, n, -1l, -1l, RWF_NOWAIT);

		/* What cannot be read or written at all says so here, as the
		 * plain call would: EBADF, EINVAL.  A device's EAGAIN may be
		 * about the flag alone. */
		if (r != -EOPNOTSUPP && (r != -EAGAIN || e->kind != FD_POLLED))
			return r;
		polled = true;
		/* A FIFO, a terminal; an eventfd knows the flag for reading
		 * only. */
		if (in)
			e->no_nowait = true;
		else
			e->polled_write = true;
	}
	return polled ? try_polled(e, in, iov, n) : call_plain(e, in, iov, n);
}

ssize_t io_pipe_hop(struct fdent *e, int what, const struct iovec *iov, int n)
{
	return IO_HOP(call_plain(e, what == WAIT_READ, iov, n));
}
