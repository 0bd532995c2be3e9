/*
 * The futex table: every kind of waiting on memory, for fibers and for aliens
 * (kernel threads that greenshim did not spawn).
 *
 * Waiters stand in buckets hashed by address, oldest first; each bucket has a
 * lock.  A waiter's node lies on the waiter's stack.  The thread that removes
 * the node from its bucket, under the lock, decides how the wait ended.  Fibers
 * park; an alien sleeps in the kernel on a word of its node.
 *
 * Buckets are locked inside the scheduler only (sched_enter), so that no signal
 * handler of the program can run meanwhile and want the same lock.
 */
#include <limits.h>
#include <linux/futex.h>

#include "sched/scope.h"
#include "sync/futex.h"

#define BUCKETS 4096

/* Guarded by the lock of its bucket. */
struct waiter {
	struct waiter *next, *prev;
	const uint32_t *_Atomic key; /* the address; changed by a requeue */
	uint32_t bitset;	     /* a wake must share a bit with it */
	bool queued;		     /* in a bucket */
	bool known;	       /* strangers cannot wake it: futex_wait_known */
	struct fiber *fiber;   /* NULL: an alien */
	_Atomic uint32_t word; /* an alien's futex word: 1 once woken */
};

struct bucket {
	struct spin lock;	    /* guards the list */
	_Atomic int count;	    /* waiters, also those about to queue */
	struct waiter *head, *tail; /* oldest; newest */
} __attribute__((aligned(CACHE_LINE)));

static struct bucket table[BUCKETS] __attribute__((aligned(4096)));

/* The pieces of the table that were ever written: the child of a fork leaves
 * all others untouched, and unmapped. */
#define PIECE 64 /* buckets; a page */
static bool used[BUCKETS / PIECE];

/* True if strangers may exist: threads that wake futexes by a system call of
 * their own, which reaches waiters in the kernel only. */
static _Atomic bool strangers;

/* Waiters in the table with `known` set; changed under a bucket's lock. */
static _Atomic int known_waiters;

static struct bucket *bucket_of(const uint32_t *key)
{
	uint64_t h = (uint64_t)(uintptr_t)key >> 2;

	return &table[(h * 0x9e3779b97f4a7c15ull) >> 52];
}

/* Lock a bucket in order to add to it. */
static inline void bucket_lock(struct bucket *b)
{
	bool *mark = &used[(b - table) / PIECE];

	if (UNLIKELY(!*mark))
		*mark = true;
	spin_lock(&b->lock);
}

static void enqueue(struct bucket *b, struct waiter *w)
{
	w->next = NULL;
	w->prev = b->tail;
	if (b->tail)
		b->tail->next = w;
	else
		b->head = w;
	b->tail = w;
	w->queued = true;
	if (UNLIKELY(w->known))
		atomic_fetch_add(&known_waiters, 1);
}

/* Change b's count, with b locked.  The memory order matters only to the reader
 * without the lock, in green_futex_wake(). */
static void count(struct bucket *b, int change, memory_order order)
{
	int n = atomic_load_explicit(&b->count, memory_order_relaxed);

	atomic_store_explicit(&b->count, n + change, order);
}

static void dequeue(struct bucket *b, struct waiter *w)
{
	if (w->prev)
		w->prev->next = w->next;
	else
		b->head = w->next;
	if (w->next)
		w->next->prev = w->prev;
	else
		b->tail = w->prev;
	w->queued = false;
	if (UNLIKELY(w->known))
		atomic_fetch_sub(&known_waiters, 1);
	count(b, -1, memory_order_relaxed);
}

/* Remove w from its bucket.  False: a waker has removed it already. */
static bool withdraw(struct waiter *w)
{
	struct bucket *b;
	bool was;

	for (;;) {
		const uint32_t *key = w->key;

		b = bucket_of(key);
		spin_lock(&b->lock);
		if (w->key == key)
			break;
		spin_unlock(&b->lock); /* a requeue moved it meanwhile */
	}
	was = w->queued;
	if (was)
		dequeue(b, w);
	spin_unlock(&b->lock);
	return was;
}

/* Sleep in the kernel until w->word is 1: 0, -ETIMEDOUT or -EINTR. */
static int alien_sleep(struct waiter *w, uint64_t deadline_ns)
{
	struct timespec ts = { (time_t)(deadline_ns / NS_PER_SEC),
			       (long)(deadline_ns % NS_PER_SEC) };
	long r;

	while (!atomic_load(&w->word)) {
		r = raw_syscall(SYS_futex, &w->word,
				FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0,
				deadline_ns == GREEN_FOREVER ? NULL : &ts, 0,
				FUTEX_BITSET_MATCH_ANY);
		if (atomic_load(&w->word))
			break;
		if (r == -ETIMEDOUT || r == -EINTR) {
			struct sched_scope s;
			bool was;

			scope_enter_blocking(&s);
			was = withdraw(w);
			scope_leave(&s);
			return was ? (int)r : 0;
		}
	}
	return 0;
}

/* How a wait differs from the plain one. */
enum {
	CHECK = 1, /* -EAGAIN if *key differs from expected */
	KNOWN = 2  /* -ENOTSUP if strangers may have to wake it */
};

/*
 * All waits.  unlock, if not NULL, is called with mutex once the caller is
 * queued: the wait on a condition variable.  Such a wait queues again after a
 * handler; CHECK then means that nobody signalled since the caller was first
 * queued, so a handler makes the wait neither lose a signal nor return early.
 */
static int wait_on(enum wait_kind kind, const uint32_t *key, int how,
		   uint32_t expected, uint64_t deadline_ns, uint32_t bitset,
		   void (*unlock)(void *), void *mutex)
{
	struct sched_scope s;
	struct fiber *me;
	struct bucket *b = bucket_of(key);
	struct waiter w = { .key = key,
			    .bitset = bitset,
			    .known = (how & KNOWN) != 0 };
	bool first = true;
	enum wake why;

	scope_enter_blocking(&s);
	me = w.fiber = s.me;
again:
	bucket_lock(b);
	/* Count first, then read the value: see green_futex_wake(). */
	count(b, 1, memory_order_seq_cst);
	if (unlock && first) {
		/* From here on a signaller waits for the bucket's lock, and so
		 * finds this waiter queued.  Do not compare *key with a value
		 * read before: the call would return with the mutex still
		 * locked. */
		expected = *(const volatile uint32_t *)key;
	} else if ((how & CHECK) &&
		   (*(const volatile uint32_t *)key != expected ||
		    UNLIKELY(w.known && strangers))) {
		count(b, -1, memory_order_relaxed);
		spin_unlock(&b->lock);
		scope_leave(&s);
		return w.known && strangers ? -ENOTSUP : -EAGAIN;
	}
	if (me)
		park_prepare(me);
	enqueue(b, &w);
	spin_unlock(&b->lock);
	if (!me)
		scope_leave(&s);
	if (unlock && first)
		unlock(mutex);
	first = false;
	if (!me)
		return alien_sleep(&w, deadline_ns);

	why = park(me, s.hub, kind, key, deadline_ns);
	if (why != WAKE_EVENT && !withdraw(&w) && why == WAKE_NONE)
		why = WAKE_EVENT;
	park_leave(me);
	if (why == WAKE_TIMEOUT)
		return -ETIMEDOUT;
	if (why == WAKE_EVENT)
		return 0;
	/* Like the kernel, do not restart a wait with a timeout (signal(7)).  A
	 * condition's wait continues after any handler. */
	if (wait_interrupted(me, deadline_ns == GREEN_FOREVER || unlock) &&
	    (!unlock || cancel_is_due(me)))
		return -EINTR;
	if (!(how & CHECK))
		return -EINTR;
	scope_enter_blocking(&s);
	goto again;
}

int green_futex_wait(const uint32_t *addr, uint32_t expected,
		     uint64_t deadline_ns, uint32_t bitset)
{
	return wait_on(WAIT_FUTEX, addr, CHECK, expected, deadline_ns, bitset,
		       NULL, NULL);
}

int futex_wait_known(const uint32_t *addr, uint32_t expected,
		     uint64_t deadline_ns, uint32_t bitset)
{
	return wait_on(WAIT_FUTEX, addr, CHECK | KNOWN, expected, deadline_ns,
		       bitset, NULL, NULL);
}

int futex_wait_ended(const _Atomic uint32_t *ended, uint64_t deadline_ns)
{
	return wait_on(WAIT_JOIN, (const uint32_t *)ended, CHECK, 0,
		       deadline_ns, ~0u, NULL, NULL);
}

int green_cond_wait(uint32_t *key, bool counts, void (*unlock)(void *),
		    void *mutex, uint64_t deadline_ns)
{
	int r = wait_on(WAIT_FUTEX, key, counts ? CHECK : 0, 0, deadline_ns,
			~0u, unlock, mutex);

	return r == -EAGAIN ? 0 : r;
}

/* Remove w from b, whose lock is held, and wake it.  False: w's own wait had
 * ended otherwise. */
static bool wake_one(struct bucket *b, struct waiter *w)
{
	dequeue(b, w);
	if (w->fiber)
		return unpark(w->fiber, WAKE_EVENT);
	/* After the store the node may vanish: only its address is used. */
	atomic_store(&w->word, 1);
	raw_syscall(SYS_futex, &w->word, FUTEX_WAKE_PRIVATE, 1);
	return true;
}

int green_futex_wake(const uint32_t *addr, int count, uint32_t bitset)
{
	struct bucket *b = bucket_of(addr);
	struct waiter *w, *next;
	struct sched_scope s;
	int woken = 0;

	/*
	 * The caller has changed *addr; a waiter counts itself before it reads
	 * *addr.  Given a full barrier on both sides, a count of zero here
	 * means that any later waiter reads the new value.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	if (!atomic_load_explicit(&b->count, memory_order_relaxed) ||
	    in_unready_child())
		return 0;
	scope_enter_blocking(&s);
	spin_lock(&b->lock);
	for (w = b->head; w && woken < count; w = next) {
		next = w->next;
		if (w->key == addr && (w->bitset & bitset))
			woken += wake_one(b, w);
	}
	spin_unlock(&b->lock);
	scope_leave(&s);
	return woken;
}

int green_futex_requeue(const uint32_t *from, int wake, const uint32_t *to,
			int move, const uint32_t *expected)
{
	struct bucket *a = bucket_of(from), *b = bucket_of(to);
	struct bucket *first = a < b ? a : b, *second = a < b ? b : a;
	struct sched_scope s;
	struct waiter *w, *next;
	int done = 0, moved = 0;

	scope_enter_blocking(&s);
	bucket_lock(first);
	if (second != first)
		bucket_lock(second);
	if (expected && *(const volatile uint32_t *)from != *expected) {
		done = -EAGAIN;
		w = NULL;
	} else {
		w = a->head;
	}
	for (; w; w = next) {
		next = w->next;
		if (w->key != from)
			continue;
		if (done < wake) {
			done += wake_one(a, w);
		} else if (moved < move) {
			if (a == b) {
				w->key = to;
			} else {
				dequeue(a, w);
				w->key = to;
				enqueue(b, w);
				count(b, 1, memory_order_seq_cst);
			}
			moved++;
		} else {
			break;
		}
	}
	if (second != first)
		spin_unlock(&second->lock);
	spin_unlock(&first->lock);
	scope_leave(&s);
	return done < 0 ? done : done + moved;
}

/* Every known waiter is woken spuriously: it checks its word and calls again,
 * and then waits in the kernel (-ENOTSUP). */
void futex_meet_strangers(void)
{
	struct waiter *w, *next;
	struct bucket *b;
	struct sched_scope s;

	strangers = true;
	/* A requeue may move a waiter to a bucket that is done: repeat. */
	do {
		for (b = table; b < table + BUCKETS; b++) {
			scope_enter_blocking(&s);
			bucket_lock(b);
			for (w = b->head; w; w = next) {
				next = w->next;
				if (w->known)
					wake_one(b, w);
			}
			spin_unlock(&b->lock);
			scope_leave(&s);
		}
	} while (atomic_load(&known_waiters));
}

bool futex_met_strangers(void)
{
	return strangers;
}

void futex_fork_child(void)
{
	int i;

	for (i = 0; i < BUCKETS / PIECE; i++)
		if (used[i])
			memset(&table[i * PIECE], 0, PIECE * sizeof(table[0]));
	memset(used, 0, sizeof(used));
	known_waiters = 0;
	strangers = false;
}

void futex_wake_joiners(struct fiber *f)
{
	if (f->joiners)
		green_futex_wake((uint32_t *)&f->ended, 1, ~0u);
}
