/*
 * Robust mutexes, as fibers take them; pthread_mutex.c leads here.
 *
 * The protocol is the one that libc and the kernel have, so that other
 * processes and aliens take part in it: the lock word holds the owner, a bit
 * when somebody may sleep, and a bit when an owner has died.  Only whose number
 * stands there is our own affair (runtime/robust.c).  Waiters sleep in the
 * kernel, on a hop, for it is the kernel that wakes them when an owner dies.
 *
 * What this thread locked before it was a fiber has the kernel's number in it
 * and is libc's to unlock.
 */
#include <linux/futex.h>

#include "objects.h"

/* What libc writes for the owner after one has died. */
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
_Static_assert(offsetof(struct __pthread_mutex_s, __elision) ==
		       offsetof(struct robust_lock, fiber) + 2,
	       "__spins and __elision make one number");

static inline struct robust_lock *ours(pthread_mutex_t *m)
{
	return (struct robust_lock *)m;
}

static uint32_t owner_of(uint32_t word)
{
	return word & FUTEX_TID_MASK;
}

static bool is_mine(const struct robust_lock *l, uint32_t word)
{
	uint32_t owner = owner_of(word);

	return owner && (owner == (uint32_t)rt_tid() ||
			 (owner == robust_keeper() &&
			  PEEK(l->fiber) == (uint32_t)rt_tid()));
}

bool robust_mutex_is_mine(pthread_mutex_t *m)
{
	return is_mine(ours(m), PEEK(ours(m)->word));
}

/* The lock is ours; what does its state say?  -1: nothing. */
static int got(struct robust_lock *l, uint32_t was)
{
	if (was & FUTEX_OWNER_DIED) {
		l->count = 1;
		l->owner = OWNER_INCONSISTENT;
		/* It counts as the user that the dead one was. */
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

/* Already the caller's.  -1: let it wait for itself, as it asked. */
static int again(struct robust_lock *l, bool waits)
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

/* One attempt.  -1: another has it, and *word says who. */
static int attempt(struct robust_lock *l, uint32_t *word, uint32_t waiters)
{
	while (!owner_of(*word)) {
		uint32_t was = *word;

		if (robust_claim(l, word, (was & FUTEX_WAITERS) | waiters))
			return got(l, was);
	}
	return -1;
}

static long sleep_on(struct robust_lock *l, uint32_t word, clockid_t clock,
		     const struct timespec *until)
{
	int op = FUTEX_WAIT_BITSET;

	if (clock == CLOCK_REALTIME)
		op |= FUTEX_CLOCK_REALTIME;
	/* The kernel takes no times before the epoch. */
	if (until && until->tv_sec < 0)
		return -ETIMEDOUT;
	return raw_syscall(SYS_futex, &l->word, op, word, until, 0,
			   FUTEX_BITSET_MATCH_ANY);
}

/* On a hop, in the kernel's eyes one that wants the mutex. */
static int wait_and_take(struct robust_lock *l, clockid_t clock,
			 const struct timespec *until)
{
	uint32_t word = PEEK(l->word), waiters = 0;
	int r;

	while ((r = attempt(l, &word, waiters)) < 0) {
		if (!(word & FUTEX_WAITERS) &&
		    !__atomic_compare_exchange_n(&l->word, &word,
						 word | FUTEX_WAITERS, false,
						 __ATOMIC_RELAXED,
						 __ATOMIC_RELAXED))
			continue;
		if (sleep_on(l, word | FUTEX_WAITERS, clock, until) ==
		    -ETIMEDOUT)
			return ETIMEDOUT;
		/* There may be more who sleep than the one that was woken. */
		waiters = FUTEX_WAITERS;
		word = PEEK(l->word);
	}
	return r;
}

int robust_lock(pthread_mutex_t *m, clockid_t clock,
		const struct timespec *until)
{
	struct robust_lock *l = ours(m);
	uint32_t word = PEEK(l->word);
	struct robust_list_head *own;
	int r;

	if (UNLIKELY(is_mine(l, word))) {
		r = again(l, true);
		if (r >= 0)
			return r;
	}
	r = attempt(l, &word, 0);
	if (LIKELY(r >= 0))
		return r;
	if (until && !nanoseconds_valid(until))
		return EINVAL;
	hop_enter();
	own = robust_wait_begin(l);
	r = wait_and_take(l, clock, until);
	robust_wait_end(own);
	hop_leave();
	return r;
}

int robust_trylock(pthread_mutex_t *m)
{
	struct robust_lock *l = ours(m);
	uint32_t word = PEEK(l->word);
	int r;

	if (UNLIKELY(is_mine(l, word)))
		return again(l, false);
	r = attempt(l, &word, 0);
	return r < 0 ? EBUSY : r;
}

int robust_unlock(pthread_mutex_t *m, bool to_wait)
{
	struct robust_lock *l = ours(m);
	uint32_t word = PEEK(l->word);

	if (!is_mine(l, word))
		return EPERM;
	if (owner_of(word) != robust_keeper())
		return LIBC(pthread_mutex_unlock, "GLIBC_2.2.5")(m);
	if ((l->kind & KIND_TYPE) == PTHREAD_MUTEX_RECURSIVE_NP && --l->count)
		return l->owner == OWNER_INCONSISTENT ? ENOTRECOVERABLE : 0;
	/* Left inconsistent by one owner more: for good. */
	l->owner = l->owner == OWNER_INCONSISTENT ? OWNER_UNRECOVERABLE : 0;
	l->nusers -= !to_wait;
	robust_release(l);
	return 0;
}

/* ---- around libc's wait for a condition variable with it ---- */

void robust_to_kernel(pthread_mutex_t *m)
{
	if (owner_of(PEEK(ours(m)->word)) == robust_keeper())
		robust_lend(ours(m));
}

/* libc may have failed to get it back.  tid: the fiber's. */
void robust_from_kernel(pthread_mutex_t *m, int tid)
{
	struct robust_lock *l = ours(m);

	if (owner_of(PEEK(l->word)) != (uint32_t)rt_tid())
		return;
	if (l->owner == rt_tid())
		l->owner = tid;
	robust_take_back(l);
}
