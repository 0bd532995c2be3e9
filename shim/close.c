/*
 * close.c - closing descriptors.
 *
 * Tell the table before the kernel closes the descriptor: afterwards another
 * thread may already have a new file under the same number.
 */
#include <linux/close_range.h>
#include <sys/resource.h>

#include "descriptor.h"

INTERPOSE(int, close, (int fd))
{
	yield_to_spawned();
	if (rt_fiber())
		cancel_test();
	if (hidden_fd(fd))
		return (int)as_errno(-EBADF);
	fd = UV_FD(fd);
	fdtab_closing(fd);
	return (int)PASS_CANCEL(SYS_close, fd);
}
INTERPOSE_ALIAS(__close, close)

/* Tell the table, which may make hidden duplicates: so before the spans between
 * these are looked for. */
static void closing_all(unsigned int first, unsigned int last)
{
	unsigned int fd, size = (unsigned int)fdtab_size();

	for (fd = first; fd < size && fd <= last; fd++)
		if (!hidden_fd((int)fd))
			fdtab_closing((int)fd);
}

/*
 * close_range(2), which leaves out the runtime's descriptors.  With
 * CLOSE_RANGE_UNSHARE the calling carrier would no longer share a descriptor
 * table with the other carriers.  Return EINVAL, as a kernel that does not know
 * the flag does; callers then close one by one.
 */
static long close_between(unsigned int first, unsigned int last, int flags)
{
	unsigned int end;
	int ours;
	long r;

	if (rt_vforked || first > last)
		return raw_syscall(SYS_close_range, first, last, flags);
	if (rt_started && (flags & CLOSE_RANGE_UNSHARE))
		return -EINVAL;
	if (!(flags & CLOSE_RANGE_CLOEXEC))
		closing_all(first, last);
	for (;;) {
		ours = first > INT_MAX ? -1 : fdtab_next_ours((int)first);
		end = ours >= 0 && (unsigned int)ours <= last
			      ? (unsigned int)ours
			      : last;
		if (ours < 0 || (unsigned int)ours > last)
			return raw_syscall(SYS_close_range, first, last, flags);
		if (end > first) {
			r = raw_syscall(SYS_close_range, first, end - 1, flags);
			if (r < 0)
				return r;
		}
		if (end == last)
			return 0;
		first = end + 1;
	}
}

INTERPOSE(int, close_range, (unsigned int first, unsigned int last, int flags))
{
	return (int)as_errno(close_between(first, last, flags));
}

/* closefrom(3) reports no errors.  On a kernel without close_range(2), close
 * each number below the limit. */
INTERPOSE(void, closefrom, (int lowest))
{
	struct rlimit limit;
	unsigned int first = lowest < 0 ? 0 : (unsigned int)lowest;
	unsigned int fd;

	if (close_between(first, UINT_MAX, 0) == 0)
		return;
	if (raw_syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0)
		return;
	for (fd = first; fd < limit.rlim_cur; fd++) {
		if (hidden_fd((int)fd))
			continue;
		fdtab_closing((int)fd);
		raw_syscall(SYS_close, fd);
	}
}
