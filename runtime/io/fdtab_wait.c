/*
 * Who waits for a descriptor, and who holds its file.
 *
 * A call that waits is on a list of its descriptor's entry from its first wait
 * until it returns: among the waiters while an event is to wake it, else among
 * the holders.  When the descriptor is closed or replaced, both lists move to a
 * stand-in: a hidden descriptor of the same open file, which the last of the
 * calls closes.
 *
 * An entry's lock guards its lists, and the links of what is on them.  A call
 * moves only from an entry to a fresh stand-in, under both locks, in that order.
 */
#include <fcntl.h>
#include <sys/epoll.h>

#include "io/fdtab.h"

/* ---- the lists ---- */

static void unlink_locked(struct iowait *w)
{
	struct fdent *e = w->ent;

	ASSERT_HELD(&e->lock);
	*w->pprev = w->next;
	if (w->next)
		w->next->pprev = w->pprev;
	else if (w->pprev == &e->waiters)
		e->newest = NULL;
	else if (e->newest == w)
		e->newest = (struct iowait *)((char *)w->pprev -
					      offsetof(struct iowait, next));
	w->pprev = NULL;
}

static void link_waiter_locked(struct fdent *e, struct iowait *w)
{
	w->next = NULL;
	w->pprev = e->waiters ? &e->newest->next : &e->waiters;
	*w->pprev = w;
	e->newest = w;
}

static void link_holder_locked(struct fdent *e, struct iowait *w)
{
	w->next = e->holders;
	w->pprev = &e->holders;
	if (w->next)
		w->next->pprev = &w->next;
	e->holders = w;
}

static void hold_locked(struct iowait *w)
{
	struct fdent *e = w->ent;

	unlink_locked(w);
	link_holder_locked(e, w);
}

static int register_locked(struct fdent *e, struct hub *h)
{
	int fd = fdtab_fd(e);
	struct epoll_event ev = {
		EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET,
		{ .u64 = (uint32_t)fd | (uint64_t)e->generation << 32 }
	};
	unsigned turn = own_fds_enter(h);
	long r = raw_syscall(SYS_epoll_ctl, h->epfd, EPOLL_CTL_ADD, fd, &ev);

	/* It was registered before the entry became suspect. */
	if (r == -EEXIST)
		r = raw_syscall(SYS_epoll_ctl, h->epfd, EPOLL_CTL_MOD, fd, &ev);
	own_fds_leave(h, turn);
	if (r < 0)
		return (int)r;
	e->registered = true;
	e->hub = (uint16_t)h->index;
	return 0;
}

static void unregister_locked(struct fdent *e)
{
	struct hub *h = rt.hubs[e->hub];
	unsigned turn;

	if (!e->registered)
		return;
	turn = own_fds_enter(h);
	raw_syscall(SYS_epoll_ctl, h->epfd, EPOLL_CTL_DEL, fdtab_fd(e), 0);
	own_fds_leave(h, turn);
	e->registered = false;
}

static void begin_locked(struct fdent *e, struct iowait *w)
{
	w->ent = e;
	w->used = NULL;
	w->held = true;
}

void iowait_hold_locked(struct fdent *e, struct iowait *w)
{
	ASSERT_HELD(&e->lock);
	begin_locked(e, w);
	link_holder_locked(e, w);
}

int fdtab_listen_locked(struct fdent *e, struct iowait *w, struct hub *h)
{
	int r;

	ASSERT_HELD(&e->lock);
	if (!e->registered) {
		if (UNLIKELY(e->no_set))
			return -ELOOP;
		r = register_locked(e, h);
		if (r < 0)
			return r;
	}
	if (w->held)
		unlink_locked(w);
	else
		begin_locked(e, w);
	link_waiter_locked(e, w);
	return 0;
}

struct fdent *iowait_lock(struct iowait *w)
{
	struct fdent *e;

	for (;;) {
		e = w->ent;
		spin_lock(&e->lock);
		if (LIKELY(w->ent == e))
			return e;
		spin_unlock(&e->lock);
	}
}

/* w is on the list of waiters, or has been woken. */
void iowait_hold(struct iowait *w)
{
	struct fdent *e = iowait_lock(w);

	hold_locked(w);
	spin_unlock(&e->lock);
}

/* The last call has released the file. */
static void close_stand_in_locked(struct fdent *e)
{
	unregister_locked(e);
	fdtab_reset_locked(e);
	raw_syscall(SYS_close, fdtab_fd(e));
}

void iowait_unlist(struct iowait *w)
{
	struct sched_scope s;
	struct fdent *e;

	if (!w->held)
		return;
	scope_enter(&s);
	e = iowait_lock(w);
	unlink_locked(w);
	w->held = false;
	atomic_store_explicit(&w->used, NULL, memory_order_relaxed);
	if (UNLIKELY(e->stand_in) && !e->waiters && !e->holders)
		close_stand_in_locked(e);
	spin_unlock(&e->lock);
	scope_leave(&s);
}

/* ---- what a call holds ---- */

void io_hold_end(struct fiber *f)
{
	struct io_hold *h;
	unsigned long i;

	for (h = f->holds; h; h = h->outer)
		for (i = 0; i < h->n; i++)
			iowait_unlist(&h->waits[i]);
	f->holds = NULL;
}

/* ---- events ---- */

static struct iowait *oldest_exclusive(struct fdent *e, int what)
{
	struct iowait *w;

	for (w = e->waiters; w; w = w->next)
		if (w->exclusive && (w->what & what))
			break;
	return w;
}

/* A waiter that times out at this moment does not use the event: the next one
 * gets it. */
static void wake_exclusive_locked(struct fdent *e, int what)
{
	struct iowait *w;

	ASSERT_HELD(&e->lock);
	while ((w = oldest_exclusive(e, what)) != NULL) {
		hold_locked(w);
		if (unpark(w->fiber, WAKE_EVENT))
			break;
	}
}

static void wake_one_locked(struct iowait *w, enum wake why)
{
	if (!w->stays)
		hold_locked(w);
	else if (why == WAKE_CLOSED)
		w->what = 0; /* no event comes any more */
	unpark(w->fiber, why);
}

/* Waiters wake in the order in which they came: otherwise, where many want the
 * same byte, the last to come would always be the first to try again. */
static void wake_locked(struct fdent *e, int what)
{
	struct iowait *w, *next;
	bool exclusive = false;

	ASSERT_HELD(&e->lock);
	for (w = e->waiters; w; w = next) {
		next = w->next;
		if (!(w->what & what))
			continue;
		if (w->exclusive)
			exclusive = true;
		else
			wake_one_locked(w, WAKE_EVENT);
	}
	if (exclusive)
		wake_exclusive_locked(e, what);
}

void fdtab_wake_all_locked(struct fdent *e, enum wake why)
{
	struct iowait *w, *next;

	ASSERT_HELD(&e->lock);
	for (w = e->waiters; w; w = next) {
		next = w->next;
		wake_one_locked(w, why);
	}
}

void fdtab_event(int fd, uint32_t generation, uint32_t events)
{
	struct fdent *e = fdtab_peek(fd);
	int what = 0;

	if (!e)
		return;
	spin_lock(&e->lock);
	if (e->generation == generation) {
		if (events &
		    (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI))
			what |= WAIT_READ;
		if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
			what |= WAIT_WRITE;
		if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI))
			e->hangup = true;
		if (what & WAIT_READ)
			atomic_fetch_add(&e->rd_seq, 1);
		if (what & WAIT_WRITE)
			atomic_fetch_add(&e->wr_seq, 1);
		if (e->waiters)
			wake_locked(e, what);
	}
	spin_unlock(&e->lock);
}

void fdtab_pass_turn(struct fdent *e)
{
	struct sched_scope s;

	scope_lock(&s, &e->lock);
	wake_exclusive_locked(e, WAIT_READ | WAIT_WRITE);
	scope_unlock(&s, &e->lock);
}

/* ---- a descriptor is closed under calls that hold its file ---- */

/* All that was known of the file is still true. */
static void copy_known(struct fdent *to, const struct fdent *from)
{
	to->kind = from->kind;
	to->nonblock = from->nonblock;
	to->no_short_read = from->no_short_read;
	to->message = from->message;
	to->whole = from->whole;
	to->polled_write = from->polled_write;
	to->hangup = from->hangup;
	to->direct = from->direct;
	to->sync = from->sync;
	to->no_nowait = from->no_nowait;
	to->rcvtimeo_ns = from->rcvtimeo_ns;
	to->sndtimeo_ns = from->sndtimeo_ns;
	/* Who has read a counter compares it with the stand-in's. */
	to->rd_seq = from->rd_seq;
	to->wr_seq = from->wr_seq;
	to->drained = from->drained;
}

static void move_list(struct fdent *to, struct iowait **head,
		      struct iowait *list)
{
	struct iowait *w;

	*head = list;
	if (list)
		list->pprev = head;
	for (w = list; w; w = w->next) {
		w->ent = to;
		/* For the dump. */
		if (!w->stays && w->fiber->wait_kind == WAIT_FD)
			w->fiber->wait_object = (void *)(fdtab_fd(to) |
							 (intptr_t)w->what
								 << 32);
	}
}

/* Returns the stand-in to which the calls have moved; NULL: there is none to be
 * had. */
static struct fdent *move_locked(struct fdent *e)
{
	int fd = fdtab_stand_in(fdtab_fd(e));
	struct fdent *to = fd < 0 ? NULL : fdtab_peek(fd);

	if (!to) {
		if (fd >= 0)
			raw_syscall(SYS_close, fd);
		return NULL;
	}
	spin_lock(&to->lock);
	fdtab_reset_locked(to);
	copy_known(to, e);
	to->shared = fdtab_is_shared(e);
	to->stand_in = true;
	fdtab_make_ours(to);
	to->newest = e->newest;
	move_list(to, &to->waiters, e->waiters);
	move_list(to, &to->holders, e->holders);
	e->waiters = e->newest = e->holders = NULL;
	if (to->waiters && register_locked(to, rt.hubs[e->hub]) < 0)
		fdtab_wake_all_locked(to, WAKE_CLOSED);
	spin_unlock(&to->lock);
	return to;
}

/* Is another fiber about to call the kernel by the descriptor of `old`? */
static bool is_used(struct fdent *old, struct fdent *stand_in)
{
	struct fiber *me = rt_fiber();
	struct sched_scope s;
	struct iowait *w;
	bool used = false;

	scope_lock(&s, &stand_in->lock);
	for (w = stand_in->holders; w && !used; w = w->next)
		used = w->used == old && w->fiber != me;
	scope_unlock(&s, &stand_in->lock);
	return used;
}

/*
 * The fibers that wait keep the file, and those that have been woken: only then
 * may the kernel close the descriptor.  A fiber that is in a system call by the
 * old number is on another carrier, in a call that does not wait.
 *
 * Without a descriptor to spare, those that wait are told that theirs is closed:
 * to go on waiting for a number that means another file would be worse.
 */
bool fdtab_take_out(struct fdent *e, bool stand_in)
{
	struct fdent *to = NULL;
	struct sched_scope s;

	scope_lock(&s, &e->lock);
	if (stand_in && !e->stand_in) {
		scope_unlock(&s, &e->lock);
		return false;
	}
	if (UNLIKELY(e->waiters || e->holders) && !e->suspect)
		to = move_locked(e);
	/* The open file may live on under other descriptors: the set would
	 * keep it, and report events that nobody waits for. */
	if (e->registered && (to || fdtab_is_shared(e) || e->suspect))
		unregister_locked(e);
	fdtab_reset_locked(e);
	fdtab_wake_all_locked(e, WAKE_CLOSED);
	scope_unlock(&s, &e->lock);
	while (UNLIKELY(to != NULL) && is_used(e, to))
		raw_syscall(SYS_sched_yield);
	return true;
}

bool fdtab_leave_sets(void)
{
	int fd, size = fdtab_size();
	bool left = false;

	for (fd = 0; fd < size; fd++) {
		struct fdent *e = fdtab_peek(fd);
		struct sched_scope s;

		if (e->kind != FD_EPOLL || !e->registered)
			continue;
		scope_lock(&s, &e->lock);
		if (e->kind == FD_EPOLL && e->registered) {
			unregister_locked(e);
			e->no_set = left = true;
			fdtab_wake_all_locked(e, WAKE_EVENT);
		}
		scope_unlock(&s, &e->lock);
	}
	return left;
}
