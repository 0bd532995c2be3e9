/*
 * Regular files, at their own position or at a given one.
 *
 * A read is tried with RWF_NOWAIT, which returns what the page cache has, and
 * the fiber hops for the rest.  Writes do not use the flag, which could split
 * a write while others write too.  They are made in place, and so are reads
 * where the file system does not know the flag: mostly such a call only copies,
 * in a fraction of a hop's time.  If it blocks, and the hub is handed on
 * meanwhile, the next calls hop.  Calls that go past the page cache, or must
 * reach the disk, always hop.
 */
#include <fcntl.h>
#include <linux/fs.h>

#include "io/io.h"

#define SLOW_CALLS 64 /* made on a hop after one that lost its hub */

struct file_op {
	struct fdent *e;
	bool write;
	int flags; /* the program's, of preadv2 and pwritev2 */
};

static long call(const struct file_op *op, const struct iovec *iov, int n,
		 off_t at, int flags)
{
	return raw_syscall(op->write ? SYS_pwritev2 : SYS_preadv2,
			   fdtab_fd(op->e), iov, n, at, 0l, op->flags | flags);
}

static bool has_hub(const struct fiber *f)
{
	return f && f->carrier->state == CARRIER_USER;
}

static long call_in_place(const struct file_op *op, const struct iovec *iov,
			  int n, off_t at)
{
	bool had = has_hub(green_self);
	long r = call(op, iov, n, at, 0);

	if (UNLIKELY(had && !has_hub(green_self)))
		op->e->slow = SLOW_CALLS;
	return r;
}

static bool must_hop(const struct file_op *op)
{
	struct fdent *e = op->e;

	if (e->direct)
		return true;
	if (op->write && (e->sync || (op->flags & (RWF_SYNC | RWF_DSYNC))))
		return true;
	if (LIKELY(!e->slow) || (!op->write && !e->no_nowait))
		return false;
	e->slow--;
	return true;
}

/* A blocking read of a regular file stops short only at the file's end.  With
 * RWF_NOWAIT it may stop earlier: then the transfer goes on. */
static ssize_t file_transfer(const struct file_op *op, const struct iovec *iov,
			     int n, off_t at)
{
	struct fdent *e = op->e;
	const struct iovec *part = iov;
	struct iovec rest[IOV_LOCAL];
	bool hop = must_hop(op);
	bool ask = !hop && !op->write && !e->no_nowait;
	size_t done = 0, total = 0;
	int m = n;
	long r;

	for (;;) {
		off_t place = at < 0 ? at : at + (off_t)done;

		if (ask)
			r = call(op, part, m, place, RWF_NOWAIT);
		else if (hop)
			r = IO_HOP(call(op, part, m, place, 0));
		else
			r = call_in_place(op, part, m, place);
		if (ask && (r == -EAGAIN || r == -EOPNOTSUPP)) {
			ask = false;
			hop = r == -EAGAIN;
			/* Or are the program's flags the unknown ones? */
			e->no_nowait |= r == -EOPNOTSUPP && !op->flags;
			continue;
		}
		if (r <= 0)
			break;
		/* The kernel has read the vector: now we may, too. */
		if (!done)
			total = iov_size(iov, n);
		done += (size_t)r;
		if (done >= total || (!ask && (size_t)r < iov_size(part, m)))
			break;
		m = iov_rest(iov, n, done, rest);
		part = rest;
	}
	return done ? (ssize_t)done : r;
}

ssize_t io_file(struct fdent *e, bool write, const struct iovec *iov, int n)
{
	struct file_op op = { e, write, 0 };

	io_charge(green_self);
	return file_transfer(&op, iov, n, -1);
}

/* True if the runtime handles the call; the kernel reports errors in the
 * arguments. */
static bool at_place(const struct fdent *e, int n, off_t at, int flags)
{
	return e && e->kind == FD_FILE && n > 0 && n <= IOV_MOST && at >= -1 &&
	       !(flags & RWF_NOWAIT);
}

ssize_t io_preadv(int fd, const struct iovec *iov, int n, off_t at, int flags)
{
	struct file_op op = { fdtab_get(fd), false, flags };

	if (!at_place(op.e, n, at, flags))
		return raw_syscall(SYS_preadv2, fd, iov, n, at, 0l, flags);
	io_charge(green_self);
	return file_transfer(&op, iov, n, at);
}

ssize_t io_pwritev(int fd, const struct iovec *iov, int n, off_t at, int flags)
{
	struct file_op op = { fdtab_get(fd), true, flags };

	if (!at_place(op.e, n, at, flags))
		return raw_syscall(SYS_pwritev2, fd, iov, n, at, 0l, flags);
	io_charge(green_self);
	return file_transfer(&op, iov, n, at);
}
