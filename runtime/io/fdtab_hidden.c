/*
 * The runtime's own descriptors, kept out of the program's sight and way.
 *
 * While libuv opens its files, every free number below the wanted ones is
 * taken.  Later a descriptor whose number the program wants gets another.
 */
#include <fcntl.h>
#include <sys/resource.h>

#include "io/fdtab.h"
#include "sched/uvloop.h"

#define HIDDEN_MAX (4 * HUBS_MAX + 64)
#define HIDE_BELOW 384 /* above what programs name by number */

static struct spin moving; /* over giving them other numbers */

bool fdtab_hides;
int fdtab_ours_range[2];

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

	close_fillers();
	for (fd = hide_base; fd < last && fdtab_peek(fd); fd++)
		if (!open_before[fd - hide_base] &&
		    raw_syscall(SYS_fcntl, fd, F_GETFD) >= 0) {
			fdtab_peek(fd)->kind = FD_UNKNOWN;
			fdtab_make_ours(fdtab_peek(fd));
		}
}

void fdtab_close_ours(void)
{
	int fd;

	spin_reset(&moving);
	for (fd = 0; (fd = fdtab_next_ours(fd)) >= 0; fd++) {
		raw_syscall(SYS_close, fd);
		fdtab_peek(fd)->ours = false;
	}
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

	return e && e->ours && !uvloop_inside;
}

#define MOVE_BY 64 /* so many numbers up: others may be wanted next */

/* The runtime's own fd gets another number.  1 or -errno. */
static int move_away(int fd)
{
	long to = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, fd + MOVE_BY);

	if (to == -EINVAL || to == -EMFILE)
		to = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, fd + 1);
	if (to == -EINVAL || to == -EMFILE)
		to = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0);
	if (to < 0)
		return (int)to;
	if (!fdtab_peek((int)to)) {
		raw_syscall(SYS_close, to);
		return -EMFILE;
	}
	fdtab_make_ours(fdtab_peek((int)to));
	own_fd_moved(fd, (int)to);
	fdtab_peek(fd)->ours = false;
	return 1;
}

/* fd stays open, of the same file, for the caller to replace. */
int fdtab_vacate(int fd)
{
	struct fdent *e = fdtab_peek(fd);
	struct sched_scope s;
	int r = 0;

	if (!e)
		return -EMFILE;
	/* A process without threads, whose parent's they are. */
	if (!rt_started) {
		uvloop_moved(fd, -1);
		e->ours = false;
		return 1;
	}
	scope_lock(&s, &moving);
	if (fdtab_take_out(e, true))
		r = 1;
	else if (e->ours && !e->stand_in)
		r = move_away(fd);
	scope_unlock(&s, &moving);
	return r;
}
