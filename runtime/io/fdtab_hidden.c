/*
 * The runtime's own descriptors, kept out of the program's sight and way.
 *
 * libuv's descriptors cannot be renumbered once they are open: so while libuv
 * opens them, every lower number that is free is filled.
 */
#include <fcntl.h>
#include <sys/resource.h>

#include "io/fdtab.h"

#define HIDDEN_MAX (4 * HUBS_MAX + 64)
#define HIDE_BELOW 384 /* above what programs name by number */

bool fdtab_hides;
int fdtab_ours_range[2];

static int ours[HIDDEN_MAX]; /* ascending */
static int nours;
static uint64_t fillers[HIDE_BELOW / 64];
static int hide_base;
static bool open_before[HIDDEN_MAX];
static int probes[HIDDEN_MAX];

/* The runtime's descriptors get numbers in a range of this length above the
 * base. */
static int hide_span(void)
{
	return 4 * (rt.nhubs + 1) + 48;
}

/* libuv aborts when descriptors run out: check that there are enough. */
static bool hide_enough_left(void)
{
	int want = 4 * rt.nhubs + 8, first = -1, fd = 0, n;

	for (n = 0; n < want && fd >= 0; n++) {
		fd = (int)raw_syscall(SYS_epoll_create1, O_CLOEXEC);
		if (fd >= 0 && n == 0)
			first = fd;
		if (fd >= 0)
			probes[n] = fd;
	}
	n -= fd < 0;
	while (n > 0)
		raw_syscall(SYS_close, probes[--n]);
	return first >= 0 && fd >= 0;
}

int fdtab_hide_begin(void)
{
	struct rlimit rl = { 1024, 1024 };
	long fd;

	if (!hide_enough_left())
		return -EMFILE;
	raw_syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &rl);
	hide_base = rl.rlim_cur > HIDE_BELOW ? HIDE_BELOW : (int)rl.rlim_cur;
	hide_base -= 4 * (rt.nhubs + 1) + 8;
	if (hide_base < 3)
		hide_base = 3;
	memset(fillers, 0, sizeof(fillers));
	memset(open_before, 0, sizeof(open_before));
	for (fd = hide_base; fd < hide_base + hide_span(); fd++)
		open_before[fd - hide_base] = raw_syscall(SYS_fcntl, fd,
							  F_GETFD) >= 0;
	fd = raw_syscall(SYS_open, "/dev/null", O_RDONLY | O_CLOEXEC, 0);
	while (fd >= 0 && fd < hide_base) {
		fillers[fd / 64] |= 1ull << (fd % 64);
		fd = raw_syscall(SYS_dup, fd);
	}
	if (fd >= 0)
		raw_syscall(SYS_close, fd);
	return 0;
}

/* The range only grows.  A thread that does not see that yet may take a fresh
 * stand-in for a number that is not open, which it was a moment ago. */
void fdtab_make_ours(struct fdent *e)
{
	static struct spin growing;
	struct sched_scope s;
	int fd = fdtab_fd(e);

	fdtab_note_highest(fd);
	e->ours = true;
	scope_lock(&s, &growing);
	if (!fdtab_ours_range[1] || fd < fdtab_ours_range[0])
		fdtab_ours_range[0] = fd;
	if (fd >= fdtab_ours_range[1])
		fdtab_ours_range[1] = fd + 1;
	fdtab_hides = true;
	scope_unlock(&s, &growing);
}

static bool is_filler(int fd)
{
	return fd < hide_base && (fillers[fd / 64] >> (fd % 64) & 1);
}

/* The fillers form a few long ranges. */
static void close_fillers(void)
{
	int fd, first;

	for (fd = 0; fd < hide_base; fd++) {
		for (first = fd; is_filler(fd); fd++)
			;
		if (fd == first ||
		    raw_syscall(SYS_close_range, first, fd - 1, 0) == 0)
			continue;
		for (; first < fd; first++) /* before Linux 5.9 */
			raw_syscall(SYS_close, first);
	}
}

void fdtab_hide_end(void)
{
	int fd, last = hide_base + hide_span();

	nours = 0;
	close_fillers();
	for (fd = hide_base; fd < last && fdtab_peek(fd); fd++)
		if (!open_before[fd - hide_base] &&
		    raw_syscall(SYS_fcntl, fd, F_GETFD) >= 0) {
			ours[nours++] = fd;
			fdtab_peek(fd)->kind = FD_UNKNOWN;
			fdtab_make_ours(fdtab_peek(fd));
		}
	fdtab_hides = nours > 0;
}

void fdtab_close_ours(void)
{
	int i;

	for (i = 0; i < nours; i++) {
		raw_syscall(SYS_close, ours[i]);
		fdtab_peek(ours[i])->ours = false;
	}
	nours = 0;
	fdtab_hides = false;
}

int fdtab_next_ours(int first)
{
	int fd, size = fdtab_hides ? fdtab_size() : 0;

	for (fd = first < 0 ? 0 : first; fd < size; fd++)
		if (fdtab_peek(fd)->ours)
			return fd;
	return -1;
}

int fdtab_stand_in(int fd)
{
	long to = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, hide_base);

	/* The limit may have been lowered. */
	if (to == -EINVAL)
		to = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0);
	return (int)to;
}

bool fdtab_is_ours(int fd)
{
	const struct fdent *e = fdtab_peek(fd);

	/* In the scheduler and on the runtime's own threads, the caller is
	 * libuv; only a fiber runs the program's code.  Without fibers, as
	 * after a fork, every caller is the program. */
	if (rt_started && !rt_fiber())
		return false;
	return e && e->ours;
}

int fdtab_vacate(int fd)
{
	/* libuv cannot be told of a new number, so the program cannot use
	 * this one: its call fails as if descriptors had run out. */
	return fdtab_is_ours(fd) ? -EMFILE : 0;
}
