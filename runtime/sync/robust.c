/*
 * Robust mutexes of fibers.
 *
 * When a process is killed, the kernel passes its robust mutexes on: it walks
 * the list that each kernel thread has registered (set_robust_list(2)) and
 * marks each lock word that contains the thread's tid.  The kernel does not
 * know a fiber's tid, and the fiber may be on another carrier by then.  So the
 * word of a mutex that a fiber owns contains the tid of one kernel thread that
 * lives as long as the process, the keeper, and all such mutexes stand on the
 * keeper's list.  The owning fiber's tid is stored in a field of the mutex that
 * libc does not use in robust ones.  To other processes such a mutex looks like
 * any other.
 *
 * A lock guards the list, which is changed inside the scheduler only, so that
 * no signal handler finds it locked.  The kernel may read the list at any
 * instant: while a mutex is added or removed, list_op_pending names it too, and
 * the links are stored in an order that keeps the list consistent.
 *
 * The keeper is the monitor's thread, which has no robust mutexes of its own.
 */
#include <linux/futex.h>

#include "base/map.h"
#include "sched/scope.h"
#include "sync/robust.h"

#define NODE(lock)    ((struct robust_list *)(void *)&(lock)->next)
#define LOCK_OF(node) ((struct robust_lock *)((char *)(node)-NODE_AT))
#define NODE_AT	      offsetof(struct robust_lock, next)

/* The keeper's list, laid out like libc's own in a TCB: the `next` of each
 * node, and of the head, has a back link before it. */
static struct {
	struct robust_list *prev;
	struct robust_list_head head;
} keeps;
static struct spin list_lock;	/* guards the list and robust_lock.fiber */
static _Atomic uint32_t keeper; /* futex word: its tid; 0: none yet */

_Static_assert(offsetof(struct robust_lock, word) == 0, "see futex_offset");

static void list_reset(void)
{
	keeps.prev = keeps.head.list.next = &keeps.head.list;
	keeps.head.list_op_pending = NULL;
	keeps.head.futex_offset = -(long)NODE_AT;
}

void robust_keep(void)
{
	list_reset();
	raw_syscall(SYS_set_robust_list, &keeps.head, sizeof(keeps.head));
	atomic_store(&keeper, (uint32_t)raw_syscall(SYS_gettid));
	raw_syscall(SYS_futex, &keeper, FUTEX_WAKE_PRIVATE, INT32_MAX);
}

uint32_t robust_keeper(void)
{
	uint32_t tid;

	while (UNLIKELY(
		!(tid = atomic_load_explicit(&keeper, memory_order_acquire))))
		raw_syscall(SYS_futex, &keeper, FUTEX_WAIT_PRIVATE, 0, NULL);
	return tid;
}

void robust_fork_child(void)
{
	keeper = 0;
	spin_reset(&list_lock);
}

/* The lowest bit of a link marks a priority-inheritance mutex. */
static struct robust_list *node_of(struct robust_list *link)
{
	return (struct robust_list *)((uintptr_t)link & ~1ul);
}

static struct robust_list **back_of(struct robust_list *link)
{
	return (struct robust_list **)node_of(link) - 1;
}

static void link_first(struct robust_list *list, struct robust_lock *l)
{
	l->next = list->next;
	l->prev = list;
	*back_of(l->next) = NODE(l);
	__atomic_store_n(&list->next, NODE(l), __ATOMIC_RELEASE);
}

static void unlink_lock(struct robust_lock *l)
{
	*back_of(l->next) = l->prev;
	__atomic_store_n(&node_of(l->prev)->next, l->next, __ATOMIC_RELEASE);
	l->next = l->prev = NULL;
}

/* Name l to the kernel while its word and its place on the list disagree; NULL:
 * no more. */
static void robust_pending(struct robust_list_head *head, struct robust_lock *l)
{
	__atomic_store_n(&head->list_op_pending, l ? NODE(l) : NULL,
			 __ATOMIC_SEQ_CST);
}

bool robust_claim(struct robust_lock *l, uint32_t *seen, uint32_t flags)
{
	struct fiber *f = green_self;
	uint32_t mine = robust_keeper() | flags;
	struct sched_scope s;
	bool done;

	scope_lock(&s, &list_lock);
	robust_pending(&keeps.head, l);
	done = __atomic_compare_exchange_n(&l->word, seen, mine, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE);
	if (done) {
		l->fiber = (uint32_t)f->tid;
		link_first(&keeps.head.list, l);
		f->robust_held++;
	}
	robust_pending(&keeps.head, NULL);
	scope_unlock(&s, &list_lock);
	return done;
}

/* Release l, storing left in its word, and wake a waiter. */
static void robust_release_locked(struct robust_lock *l, uint32_t left)
{
	uint32_t was;

	ASSERT_HELD(&list_lock);
	robust_pending(&keeps.head, l);
	unlink_lock(l);
	l->fiber = 0;
	was = __atomic_exchange_n(&l->word, left, __ATOMIC_RELEASE);
	/* Wake before list_op_pending is cleared: if the process is killed in
	 * between, the kernel wakes the waiter. */
	if (was & FUTEX_WAITERS)
		raw_syscall(SYS_futex, &l->word, FUTEX_WAKE, 1);
	robust_pending(&keeps.head, NULL);
}

void robust_release(struct robust_lock *l)
{
	struct fiber *f = green_self;
	struct sched_scope s;

	scope_lock(&s, &list_lock);
	f->robust_held--;
	robust_release_locked(l, 0);
	scope_unlock(&s, &list_lock);
}

/*
 * The fiber waits on a carrier's kernel thread.  If that thread is the one that
 * is woken, and is killed before it owns the mutex, another waiter must be
 * woken.  The kernel does so for the mutex that the thread's own
 * list_op_pending names.
 */
struct robust_list_head *robust_wait_begin(struct robust_lock *l)
{
	struct robust_list_head *own = NULL;
	size_t size;

	raw_syscall(SYS_get_robust_list, 0, &own, &size);
	if (own)
		own->list_op_pending = NODE(l);
	return own;
}

void robust_wait_end(struct robust_list_head *own)
{
	if (own)
		own->list_op_pending = NULL;
}

/* ---- mutexes lent to libc's own functions ---- */

static void change_owner(struct robust_lock *l, uint32_t tid)
{
	uint32_t v = __atomic_load_n(&l->word, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(
		&l->word, &v, (v & ~(uint32_t)FUTEX_TID_MASK) | tid, false,
		__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		;
}

/* Move l to another list, whose kernel thread, by its tid, becomes the owner;
 * list_lock is held. */
static void robust_move(struct robust_lock *l, struct robust_list_head *to,
			uint32_t tid)
{
	robust_pending(to, l);
	change_owner(l, tid);
	unlink_lock(l);
	link_first(&to->list, l);
	robust_pending(to, NULL);
}

void robust_lend(struct robust_lock *l)
{
	struct fiber *f = green_self;
	struct sched_scope s;

	scope_lock(&s, &list_lock);
	f->robust_held--;
	l->fiber = 0;
	robust_move(l, tcb_robust_list(), (uint32_t)rt_tid());
	scope_unlock(&s, &list_lock);
}

void robust_take_back(struct robust_lock *l)
{
	struct fiber *f = green_self;
	struct sched_scope s;

	scope_lock(&s, &list_lock);
	f->robust_held++;
	l->fiber = (uint32_t)f->tid;
	robust_move(l, &keeps.head, robust_keeper());
	scope_unlock(&s, &list_lock);
}

/* ---- mutexes that a fiber's kernel thread owns ---- */

/*
 * The fiber exits, and its kernel thread exits next: then the kernel releases
 * the mutexes on that thread's list and wakes their waiters.  But the thread
 * that joins the fiber may expect all its mutexes to be released, and the TCB,
 * which contains the head of the list, is recycled.  So mutexes without waiters
 * are released here, and the rest moves to a list outside the TCB.
 */
static void leave_to_kernel(void)
{
	struct robust_list_head *from = tcb_robust_list(), *to;
	struct robust_list *at = node_of(from->list.next), *next;
	uint32_t tid = (uint32_t)raw_syscall(SYS_gettid);

	for (; at != &from->list; at = next) {
		struct robust_lock *l = LOCK_OF(at);
		uint32_t owned = tid;

		next = node_of(at->next);
		if (__atomic_load_n(&l->word, __ATOMIC_RELAXED) != tid)
			continue;
		unlink_lock(l);
		__atomic_compare_exchange_n(&l->word, &owned, FUTEX_OWNER_DIED,
					    false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED);
		if (owned != tid)
			link_first(&from->list, l);
	}
	if (from->list.next == &from->list)
		return;
	/* This leaks a page for each thread that exits in this state. */
	to = rt_map(sizeof(struct robust_list *) + sizeof(*to));
	if (!to)
		return;
	to = (void *)((struct robust_list **)to + 1);
	*to = *from;
	*back_of(&to->list) = *back_of(&from->list);
	*back_of(to->list.next) = &to->list;
	node_of(*back_of(&to->list))->next = &to->list;
	tcb_list_register(to);
}

/* Release all mutexes of f, which exits, as the kernel does for a thread. */
static void release_all(struct fiber *f)
{
	struct robust_list *at, *next;
	struct sched_scope s;

	scope_lock(&s, &list_lock);
	for (at = keeps.head.list.next; at != &keeps.head.list; at = next) {
		struct robust_lock *l = LOCK_OF(at);

		next = at->next;
		if (l->fiber == (uint32_t)f->tid)
			robust_release_locked(l, FUTEX_OWNER_DIED);
	}
	f->robust_held = 0;
	scope_unlock(&s, &list_lock);
}

void robust_fiber_end(struct fiber *f)
{
	if (UNLIKELY(f->robust_held))
		release_all(f);
	/* What its kernel thread owns, if it is pinned for a time. */
	if (UNLIKELY(f->pins) && f->pinned)
		leave_to_kernel();
}
