/*
 * The table of descriptors: what the runtime knows of each fd.
 *
 * The interposers keep it up to date (opened, duped, closing).  libc also
 * closes files without calling them; where the libc door sees that, the entry
 * becomes `suspect`.  A suspect entry may be wrong in everything: its next use
 * asks the kernel first.
 */
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/map.h"
#include "io/io.h"

#define TABLE_MAX (1 << 20)
#define TABLE_MIN 1024

struct fdent *fdtab_entries;
int fdtab_room;

static uint16_t fork_epoch = 1;
static uint32_t spawn_epoch = 1;
static _Atomic int highest; /* fd ever noted */

static struct rlimit limit_of(int what)
{
	struct rlimit rl = { TABLE_MIN, TABLE_MIN };

	raw_syscall(SYS_prlimit64, 0, what, 0, &rl);
	return rl;
}

static bool is_limited(int what)
{
	return limit_of(what).rlim_cur != RLIM_INFINITY;
}

int fdtab_init(void)
{
	size_t n = TABLE_MAX;

	if (fdtab_entries)
		return 0;
	/* The limit may be raised later, and descriptors inherited from above
	 * it.  But where address space is short, reserve no more entries than
	 * the process can have descriptors by its own means. */
	if (is_limited(RLIMIT_AS) || is_limited(RLIMIT_DATA)) {
		struct rlimit rl = limit_of(RLIMIT_NOFILE);

		if (rl.rlim_max < n)
			n = rl.rlim_max < TABLE_MIN ? TABLE_MIN : rl.rlim_max;
	}
	while (!fdtab_entries && n >= TABLE_MIN) {
		fdtab_entries = rt_map(n * sizeof(*fdtab_entries));
		if (!fdtab_entries)
			n /= 4; /* ulimit -v */
	}
	if (!fdtab_entries)
		return -ENOMEM;
	fdtab_room = (int)n;
	return 0;
}

int fdtab_size(void)
{
	return fdtab_room ? highest + 1 : 0;
}

/* The entry, for changes; NULL: none.  The child of a vfork shares the table,
 * but not the descriptors that the table is about. */
static struct fdent *to_note(int fd)
{
	return UNLIKELY(rt_vforked) ? NULL : fdtab_peek(fd);
}

/* ---- what is known of an fd ---- */

void fdtab_reset_locked(struct fdent *e)
{
	ASSERT_HELD(&e->lock);
	atomic_fetch_add(&e->generation, 1);
	e->kind = FD_UNKNOWN;
	e->listening_turn = 0;
	e->nonblock = false;
	e->shared = false;
	e->registered = false;
	e->no_short_read = false;
	e->hangup = false;
	e->message = 0;
	e->whole = 0;
	e->polled_write = false;
	e->direct = e->sync = e->no_nowait = false;
	e->slow = 0;
	e->suspect = false;
	e->no_set = e->exclusive = e->ours = e->stand_in = false;
	e->rcvtimeo_ns = e->sndtimeo_ns = 0;
	e->epoch = fork_epoch;
	e->spawned = spawn_epoch;
	e->drained = e->rd_seq - 1;
}

static uint64_t socket_timeout(int fd, int which)
{
	struct timeval tv = { 0, 0 };
	socklen_t len = sizeof(tv);

	if (raw_syscall(SYS_getsockopt, fd, SOL_SOCKET, which, &tv, &len) < 0)
		return 0;
	return (uint64_t)tv.tv_sec * NS_PER_SEC + (uint64_t)tv.tv_usec * 1000;
}

static enum fd_kind socket_kind(int fd)
{
	int type = 0, domain = 0, listens = 0;
	socklen_t len = sizeof(int);

	raw_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN, &listens,
		    &len);
	if (listens)
		return FD_LISTEN;
	raw_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &len);
	raw_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	if (type == SOCK_STREAM && (domain == AF_INET || domain == AF_INET6))
		return FD_STREAM;
	return FD_SOCKET;
}

void fdtab_note_highest(int fd)
{
	int h = highest;

	while (fd > h && !atomic_compare_exchange_weak(&highest, &h, fd))
		;
}

void fdtab_classify(struct fdent *e)
{
	enum fd_kind kind = FD_OTHER;
	int fd = fdtab_fd(e);
	uint64_t rcv = 0, snd = 0;
	uint8_t whole = 0;
	struct sched_scope s;
	struct stat st;
	long flags;

	if (raw_syscall(SYS_fstat, fd, &st) < 0)
		return; /* stays unknown: the call itself returns EBADF */
	flags = raw_syscall(SYS_fcntl, fd, F_GETFL);
	if (flags >= 0 && !(flags & O_PATH)) {
		switch (st.st_mode & S_IFMT) {
		case S_IFSOCK:
			kind = socket_kind(fd);
			rcv = socket_timeout(fd, SO_RCVTIMEO);
			snd = socket_timeout(fd, SO_SNDTIMEO);
			whole = io_whole_options(fd);
			break;
		case S_IFIFO:
		case 0: /* eventfd, timerfd, epoll... */
			kind = FD_PIPE;
			break;
		case S_IFCHR:
			kind = FD_POLLED;
			break;
		default:
			kind = FD_FILE;
		}
	}
	fdtab_note_highest(fd);
	scope_lock(&s, &e->lock);
	fdtab_reset_locked(e);
	/* The events of fibers that wait already are of an older generation,
	 * and would wake nobody: those fibers try again now. */
	fdtab_wake_all_locked(e, WAKE_EVENT);
	e->kind = (uint8_t)kind;
	e->whole = whole;
	e->shared = true; /* it may come from anywhere */
	e->nonblock = flags >= 0 && (flags & O_NONBLOCK);
	e->direct = flags >= 0 && (flags & O_DIRECT);
	e->sync = flags >= 0 && (flags & O_DSYNC);
	e->rcvtimeo_ns = rcv;
	e->sndtimeo_ns = snd;
	scope_unlock(&s, &e->lock);
}

void fdtab_opened(int fd, enum fd_kind kind, bool nonblock)
{
	struct fdent *e = to_note(fd);
	struct sched_scope s;

	if (!e || fd < 0)
		return;
	fdtab_note_highest(fd);
	scope_lock(&s, &e->lock);
	fdtab_reset_locked(e);
	e->kind = (uint8_t)kind;
	e->nonblock = nonblock;
	scope_unlock(&s, &e->lock);
}

void fdtab_duped(int fd, int old)
{
	struct fdent *from = fdtab_peek(old), *e = to_note(fd);
	struct fdent copy;
	struct sched_scope s;

	if (!e || fd < 0)
		return;
	fdtab_note_highest(fd);
	memset(&copy, 0, sizeof(copy));
	if (from) {
		scope_lock(&s, &from->lock);
		from->shared = true;
		copy.kind = from->kind;
		copy.no_short_read = from->no_short_read;
		copy.exclusive = from->exclusive;
		copy.whole = from->whole;
		copy.rcvtimeo_ns = from->rcvtimeo_ns;
		copy.sndtimeo_ns = from->sndtimeo_ns;
		/* Only the kernel knows a regular file's flags. */
		if (from->suspect || from->kind == FD_FILE)
			copy.kind = FD_UNKNOWN;
		scope_unlock(&s, &from->lock);
	}
	scope_lock(&s, &e->lock);
	fdtab_reset_locked(e);
	e->kind = copy.kind;
	e->shared = true;
	e->no_short_read = copy.no_short_read;
	e->exclusive = copy.exclusive;
	e->whole = copy.whole;
	e->rcvtimeo_ns = copy.rcvtimeo_ns;
	e->sndtimeo_ns = copy.sndtimeo_ns;
	scope_unlock(&s, &e->lock);
}

/* Did a child inherit the descriptor?  Asked once after each child. */
static bool was_inherited(struct fdent *e)
{
	long flags = raw_syscall(SYS_fcntl, fdtab_fd(e), F_GETFD);

	e->spawned = spawn_epoch;
	if (flags >= 0 && !(flags & FD_CLOEXEC))
		e->shared = true;
	return e->shared;
}

bool fdtab_is_shared(struct fdent *e)
{
	if (e->shared || e->epoch != fork_epoch)
		return true;
	return UNLIKELY(e->spawned != spawn_epoch) && was_inherited(e);
}

bool fdtab_is_message(struct fdent *e)
{
	int type = 0;
	socklen_t len = sizeof(type);

	if (e->kind == FD_STREAM)
		return false;
	if (!e->message) {
		raw_syscall(SYS_getsockopt, fdtab_fd(e), SOL_SOCKET, SO_TYPE,
			    &type, &len);
		e->message = type == SOCK_STREAM ? 1 : 2;
	}
	return e->message == 2;
}

void fdtab_closing(int fd)
{
	struct fdent *e = to_note(fd);

	if (!e || (e->kind == FD_UNKNOWN && !e->waiters && !e->holders))
		return;
	fdtab_take_out(e, false);
}

void fdtab_suspect(int fd)
{
	struct fdent *e = to_note(fd);

	if (e && e->kind != FD_UNKNOWN)
		e->suspect = true;
}

void fdtab_shared(int fd)
{
	struct fdent *e = to_note(fd);

	if (e)
		e->shared = true;
}

void fdtab_set_nonblock(int fd, bool on)
{
	struct fdent *e = to_note(fd);

	if (e)
		e->nonblock = on;
}

void fdtab_set_direct(int fd, bool on)
{
	struct fdent *e = to_note(fd);

	if (e)
		e->direct = on;
}

void fdtab_set_timeout(int fd, bool send, uint64_t timeout_ns)
{
	struct fdent *e = to_note(fd);

	if (!e)
		return;
	if (send)
		e->sndtimeo_ns = timeout_ns;
	else
		e->rcvtimeo_ns = timeout_ns;
}

void fdtab_set_kind(int fd, enum fd_kind kind)
{
	struct fdent *e = to_note(fd);

	if (e)
		e->kind = (uint8_t)kind;
}

void fdtab_set_exclusive(int set)
{
	struct fdent *e = to_note(set);

	if (e)
		e->exclusive = true;
}

bool fdtab_is_exclusive(int set)
{
	const struct fdent *e = fdtab_peek(set);

	return e && e->exclusive;
}

void fdtab_no_short_read(int fd)
{
	struct fdent *e = to_note(fd);

	if (e)
		e->no_short_read = true;
}

enum fd_kind fdtab_kind(int fd)
{
	struct fdent *e = fdtab_get(fd);

	return e ? (enum fd_kind)e->kind : FD_OTHER;
}

bool fdtab_wants_nonblock(struct fdent *e)
{
	long flags;

	if (!fdtab_is_shared(e))
		return e->nonblock;
	/* Another name or process may have changed the open file's flag. */
	flags = raw_syscall(SYS_fcntl, fdtab_fd(e), F_GETFL);
	return flags >= 0 && (flags & O_NONBLOCK);
}

bool fdtab_nonblock(int fd)
{
	struct fdent *e = fdtab_get(fd);

	if (!e)
		return raw_syscall(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK;
	return fdtab_wants_nonblock(e);
}

/* ---- processes ---- */

void fdtab_forked(void)
{
	fork_epoch++;
}

void fdtab_spawned(void)
{
	spawn_epoch++;
}

void fdtab_settle(int fd)
{
	struct fdent *e = to_note(fd);

	if (e && e->kind != FD_UNKNOWN)
		fdtab_is_shared(e);
}

void fdtab_fork_child(void)
{
	int i;

	/* Every open file is now shared with the parent.  The runtime's own
	 * descriptors stay hidden, as libuv has some of their numbers in its
	 * variables; they are closed when this process needs its own. */
	fork_epoch++;
	for (i = 0; i <= highest; i++) {
		struct fdent *e = &fdtab_entries[i];

		spin_reset(&e->lock);
		e->waiters = e->newest = e->holders = NULL;
		/* The calls that hold it are the parent's. */
		if (e->stand_in) {
			raw_syscall(SYS_close, i);
			e->ours = e->stand_in = false;
			e->kind = FD_UNKNOWN;
		}
		e->registered = false;
		e->listening_turn = 0;
		atomic_fetch_add(&e->generation, 1);
	}
}
