/*
 * pthread_mutex_robust.c - robust mutexes of fibers (see pthread_mutex.c).
 *
 * The protocol is that of libc and the kernel, so that other processes and
 * aliens can take part in it: the lock word holds the owner, a bit that says
 * that a thread may sleep, and a bit that says that an owner has died.  Only
 * which tid stands for the owner is our own choice (runtime/sync/robust.c).
 * Waiters sleep in the kernel, on a hop, because the kernel wakes them when an
 * owner dies.
 *
 * A mutex that a thread locked before it became the main fiber has the tid of
 * the kernel thread as the owner.  libc unlocks such a mutex.
 */
#include <linux/futex.h>

#include "objects.h"

/* What libc stores as the owner after an owner has died. */
enum { OWNER_INCONSISTENT = INT_MAX, OWNER_UNRECOVERABLE = INT_MAX - 1 };

enum { KIND_TYPE = 3 };

_Static_assert(sizeof(struct robust_lock) == sizeof(pthread_mutex_t),
	       "a mutex has libc's size");
#define SAME_PLACE(ours, libcs)                                                \
	_Static_assert(offsetof(struct robust_lock, ours) ==                   \
			       offsetof(struct __pthread_mutex_s, libcs),      \
		       "libc's place")
SAME_PLACE(word, __lock);
SAME_PLACE(count, __count);
SAME_PLACE(owner, __owner);
SAME_PLACE(nusers, __nusers);
SAME_PLACE(kind, __kind);
SAME_PLACE(fiber, __spins);
SAME_PLACE(prev, __list.__prev);
SAME_PLACE(next, __list.__next);
_Static_assert(offsetof(struct robust_lock, prev) >=
		       offsetof(struct robust_lock, fiber) + sizeof(uint32_t),
	       "a tid fits where libc counts spins");

static inline struct robust_lock *robust_ours(pthread_mutex_t *m)
{
	return (struct robust_lock *)m;
}

static uint32_t robust_owner(uint32_t word)
{
	return word & FUTEX_TID_MASK;
}

static bool robust_is_mine(const struct robust_lock *l, uint32_t word)
{
	uint32_t owner = robust_owner(word);

	return owner && (owner == (uint32_t)rt_tid() ||
			 (owner == robust_keeper() &&
			  PEEK(l->fiber) == (uint32_t)rt_tid()));
}

bool robust_mutex_is_mine(pthread_mutex_t *m)
{
	return robust_is_mine(robust_ours(m), PEEK(robust_ours(m)->word));
}

/* Finish locking: the caller owns the word, which was `was' before.  Returns 0,
 * EOWNERDEAD or ENOTRECOVERABLE. */
static int robust_got(struct robust_lock *l, uint32_t was)
{
	if (was & FUTEX_OWNER_DIED) {
		l->count = 1;
		l->owner = OWNER_INCONSISTENT;
		/* nusers stays: the caller takes the dead owner's place. */
		return EOWNERDEAD;
	}
	if (UNLIKELY(l->owner == OWNER_UNRECOVERABLE)) {
		l->count = 0;
		robust_release(l);
		return ENOTRECOVERABLE;
	}
	l->count = 1;
	l->owner = rt_tid();
	l->nusers++;
	return 0;
}

/* The caller owns l already.  Returns what lock (waits) or trylock returns; -1:
 * the caller has to deadlock, as the type of the mutex wants it. */
static int robust_again(struct robust_lock *l, bool waits)
{
	switch (l->kind & KIND_TYPE) {
	case PTHREAD_MUTEX_RECURSIVE_NP:
		if (l->count + 1 == 0)
			return EAGAIN;
		l->count++;
		return 0;
	case PTHREAD_MUTEX_ERRORCHECK_NP:
		return EDEADLK;
	default:
		return waits ? -1 : EBUSY;
	}
}

/* Try to lock.  Returns -1 if another thread is the owner, then with the lock
 * word in *word.  waiters: FUTEX_WAITERS, or 0. */
static int robust_attempt(struct robust_lock *l, uint32_t *word,
			  uint32_t waiters)
{
	while (!robust_owner(*word)) {
		uint32_t was = *word;

		if (robust_claim(l, word, (was & FUTEX_WAITERS) | waiters))
			return robust_got(l, was);
	}
	return -1;
}

static long robust_sleep_on(struct robust_lock *l, uint32_t word,
			    clockid_t clock, const struct timespec *until)
{
	int op = FUTEX_WAIT_BITSET;

	if (clock == CLOCK_REALTIME)
		op |= FUTEX_CLOCK_REALTIME;
	/* The kernel returns EINVAL for a time before the epoch. */
	if (until && until->tv_sec < 0)
		return -ETIMEDOUT;
	return raw_syscall(SYS_futex, &l->word, op, word, until, 0,
			   FUTEX_BITSET_MATCH_ANY);
}

/* Called on a hop, between robust_wait_begin() and robust_wait_end(). */
static int robust_wait_and_take(struct robust_lock *l, clockid_t clock,
				const struct timespec *until)
{
	uint32_t word = PEEK(l->word), waiters = 0;
	int r;

	while ((r = robust_attempt(l, &word, waiters)) < 0) {
		if (!(word & FUTEX_WAITERS) &&
		    !__atomic_compare_exchange_n(&l->word, &word,
						 word | FUTEX_WAITERS, false,
						 __ATOMIC_RELAXED,
						 __ATOMIC_RELAXED))
			continue;
		if (robust_sleep_on(l, word | FUTEX_WAITERS, clock, until) ==
		    -ETIMEDOUT)
			return ETIMEDOUT;
		/* Other threads may sleep besides the one that was woken. */
		waiters = FUTEX_WAITERS;
		word = PEEK(l->word);
	}
	return r;
}

int robust_lock(pthread_mutex_t *m, clockid_t clock,
		const struct timespec *until)
{
	struct robust_lock *l = robust_ours(m);
	uint32_t word = PEEK(l->word);
	struct robust_list_head *own;
	int r;

	if (UNLIKELY(robust_is_mine(l, word))) {
		r = robust_again(l, true);
		if (r >= 0)
			return r;
	}
	r = robust_attempt(l, &word, 0);
	if (LIKELY(r >= 0))
		return r;
	if (until && !nanoseconds_valid(until))
		return EINVAL;
	hop_enter();
	own = robust_wait_begin(l);
	r = robust_wait_and_take(l, clock, until);
	robust_wait_end(own);
	hop_leave();
	return r;
}

int robust_trylock(pthread_mutex_t *m)
{
	struct robust_lock *l = robust_ours(m);
	uint32_t word = PEEK(l->word);
	int r;

	if (UNLIKELY(robust_is_mine(l, word)))
		return robust_again(l, false);
	r = robust_attempt(l, &word, 0);
	return r < 0 ? EBUSY : r;
}

int robust_unlock(pthread_mutex_t *m, bool to_wait)
{
	struct robust_lock *l = robust_ours(m);
	uint32_t word = PEEK(l->word);

	if (!robust_is_mine(l, word))
		return EPERM;
	if (robust_owner(word) != robust_keeper())
		return LIBC(pthread_mutex_unlock, "GLIBC_2.2.5")(m);
	if ((l->kind & KIND_TYPE) == PTHREAD_MUTEX_RECURSIVE_NP && --l->count)
		return l->owner == OWNER_INCONSISTENT ? ENOTRECOVERABLE : 0;
	/* POSIX pthread_mutex_consistent(): unlocked while inconsistent, the
	 * mutex is not recoverable any more. */
	l->owner = l->owner == OWNER_INCONSISTENT ? OWNER_UNRECOVERABLE : 0;
	l->nusers -= !to_wait;
	robust_release(l);
	return 0;
}

/* ---- around libc's wait for a condition variable with the mutex ---- */

void robust_to_kernel(pthread_mutex_t *m)
{
	if (robust_owner(PEEK(robust_ours(m)->word)) == robust_keeper())
		robust_lend(robust_ours(m));
}

/* Do nothing if libc failed to lock m again.  tid: the fiber's. */
void robust_from_kernel(pthread_mutex_t *m, int tid)
{
	struct robust_lock *l = robust_ours(m);

	if (robust_owner(PEEK(l->word)) != (uint32_t)rt_tid())
		return;
	if (l->owner == rt_tid())
		l->owner = tid;
	robust_take_back(l);
}
