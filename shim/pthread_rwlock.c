/*
 * Read-write locks.
 *
 * One word holds it all: bits 0 and 1 are set while a writer has the lock,
 * bit 2 while somebody may sleep, the rest counts readers.  (libc's debugger
 * scripts read the same out of it.)  Readers and writers sleep on that word,
 * told apart by the bitset of the futex.
 *
 * The unlock that frees the lock clears bit 2 and wakes: all sleeping
 * readers, or, when there are none, one writer; the other way round where
 * writers are preferred.  Those it woke carry the duty to wake the rest: they
 * take the lock with bit 2 set, or set it again when they have to sleep.  So
 * the bit is never clear while somebody sleeps and nobody is on the way.
 *
 * Readers come in whenever no writer has the lock, which makes recursive read
 * locks safe; only with PREFER_WRITER_NONRECURSIVE they stay out while a
 * writer waits.  libc's own PREFER_WRITER (without the suffix) means readers,
 * too.
 *
 * pthread_rwlock_init and pthread_rwlock_destroy stay libc's.  Locks shared
 * between processes keep libc's implementation.
 */
#include "objects.h"

enum {
	WRITER = 1 | 2,
	SLEEPERS = 4,
	READER = 8,
};
#define READERS_MAX (UINT32_MAX - READER)

/* Bitsets to sleep under. */
enum { AS_READER = 1, AS_WRITER = 2 };

struct rwlock {
	uint32_t state;
	uint32_t writers;  /* waiting; for PREFER_WRITER_NONRECURSIVE */
	uint32_t starving; /* see objects.h */
};

_Static_assert(sizeof(pthread_rwlock_t) == __SIZEOF_PTHREAD_RWLOCK_T,
	       "a lock has libc's size");
_Static_assert(offsetof(struct __pthread_rwlock_arch_t, __readers) == 0 &&
		       offsetof(struct __pthread_rwlock_arch_t, __cur_writer) >=
			       sizeof(struct rwlock) &&
		       offsetof(struct __pthread_rwlock_arch_t, __flags) >=
			       sizeof(struct rwlock) &&
		       offsetof(struct __pthread_rwlock_arch_t, __shared) >=
			       sizeof(struct rwlock),
	       "our part does not reach into the fields that stay libc's");

static inline struct rwlock *ours(pthread_rwlock_t *l)
{
	return (struct rwlock *)l;
}

static inline bool is_shared(const pthread_rwlock_t *l)
{
	return l->__data.__shared;
}

static inline bool prefers_writers(const pthread_rwlock_t *l)
{
	return l->__data.__flags ==
	       PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

static inline bool change(struct rwlock *l, uint32_t *from, uint32_t to,
			  int order)
{
	return __atomic_compare_exchange_n(&l->state, from, to, true, order,
					   __ATOMIC_RELAXED);
}

/* Set the bit that makes an unlock wake.  False: the state has changed. */
static bool announce(struct rwlock *l, uint32_t *state)
{
	if (*state & SLEEPERS)
		return true;
	if (!change(l, state, *state | SLEEPERS, __ATOMIC_SEQ_CST))
		return false;
	*state |= SLEEPERS;
	return true;
}

/* duty: SLEEPERS when the caller was woken.  0, EBUSY, EAGAIN. */
static int take_read(pthread_rwlock_t *lock, uint32_t duty)
{
	struct rwlock *l = ours(lock);
	uint32_t s = PEEK(l->state);

	do {
		if (s & WRITER)
			return EBUSY;
		if (UNLIKELY(prefers_writers(lock)) && PEEK(l->writers))
			return EBUSY;
		if (UNLIKELY(s >= READERS_MAX))
			return EAGAIN;
	} while (!change(l, &s, (s + READER) | duty, __ATOMIC_ACQUIRE));
	return 0;
}

static int take_write(pthread_rwlock_t *lock, uint32_t duty)
{
	struct rwlock *l = ours(lock);
	uint32_t s = PEEK(l->state);

	do {
		if (s & ~SLEEPERS)
			return EBUSY;
	} while (!change(l, &s, s | WRITER | duty, __ATOMIC_ACQUIRE));
	lock->__data.__cur_writer = rt_tid();
	return 0;
}

/* May a reader sleep on this state, or should it try again? */
static bool keeps_readers_out(pthread_rwlock_t *lock, uint32_t s)
{
	if (s & WRITER)
		return true;
	/* Read after announce(): a writer that gives up looks at the bit
	 * after it has taken itself off the count. */
	return prefers_writers(lock) &&
	       __atomic_load_n(&ours(lock)->writers, __ATOMIC_SEQ_CST);
}

/* A writer gave up: readers may have stayed out for its sake alone. */
static void let_readers_in(struct rwlock *l)
{
	uint32_t s = __atomic_load_n(&l->state, __ATOMIC_SEQ_CST);

	while (s & SLEEPERS)
		if (change(l, &s, s & ~(uint32_t)SLEEPERS, __ATOMIC_RELAXED)) {
			green_futex_wake(&l->state, INT_MAX, ANY_WAITER);
			break;
		}
}

static inline int take(pthread_rwlock_t *lock, bool write, uint32_t duty)
{
	return write ? take_write(lock, duty) : take_read(lock, duty);
}

static int sleep_and_take(pthread_rwlock_t *lock, bool write, uint64_t deadline)
{
	struct rwlock *l = ours(lock);
	struct patience patience = { 0 };
	uint32_t s, duty = 0;
	int r = -EAGAIN, error;

	while ((error = take(lock, write, duty)) == EBUSY) {
		s = PEEK(l->state);
		if (!(write ? (s & ~SLEEPERS) : keeps_readers_out(lock, s)) ||
		    !announce(l, &s) || (!write && !keeps_readers_out(lock, s)))
			continue;
		if (r == 0)
			LOST(patience, l->starving);
		r = green_futex_wait(&l->state, s, deadline,
				     write ? AS_WRITER : AS_READER);
		if (r == -ETIMEDOUT) {
			error = ETIMEDOUT;
			break;
		}
		if (r == 0)
			duty = SLEEPERS;
	}
	SATED(patience, l->starving);
	return error;
}

static __attribute__((noinline)) int take_slowly(pthread_rwlock_t *lock,
						 bool write, clockid_t clock,
						 const struct timespec *until)
{
	struct rwlock *l = ours(lock);
	uint64_t deadline;
	int error;

	/* Only the caller itself can have stored its number there. */
	if (PEEK(lock->__data.__cur_writer) == rt_tid())
		return EDEADLK;
	if (spin_while(&l->state, WRITER) && take(lock, write, 0) == 0)
		return 0;
	deadline = deadline_at(clock, until);
	if (!write)
		return sleep_and_take(lock, false, deadline);
	__atomic_fetch_add(&l->writers, 1, __ATOMIC_SEQ_CST);
	error = sleep_and_take(lock, true, deadline);
	__atomic_fetch_sub(&l->writers, 1, __ATOMIC_SEQ_CST);
	if (error && prefers_writers(lock))
		let_readers_in(l);
	return error;
}

static __attribute__((noinline)) void wake_sleepers(uint32_t *state,
						    bool writers_first,
						    bool starving)
{
	if (writers_first) {
		if (!green_futex_wake(state, 1, AS_WRITER))
			green_futex_wake(state, INT_MAX, AS_READER);
	} else if (!green_futex_wake(state, INT_MAX, AS_READER)) {
		green_futex_wake(state, 1, AS_WRITER);
	}
	if (UNLIKELY(starving))
		step_back();
}

static void unlock(pthread_rwlock_t *lock)
{
	struct rwlock *l = ours(lock);
	/* Read all before the release: then the lock may be gone. */
	bool writers_first = prefers_writers(lock);
	bool starving = PEEK(l->starving);
	uint32_t left, s = PEEK(l->state);

	if (s & WRITER) {
		lock->__data.__cur_writer = 0;
		s = __atomic_exchange_n(&l->state, 0, __ATOMIC_RELEASE);
		if (UNLIKELY(s & SLEEPERS))
			wake_sleepers(&l->state, writers_first, starving);
		return;
	}
	do {
		left = s - READER;
		if (left < READER)
			left = 0; /* and no SLEEPERS */
	} while (!change(l, &s, left, __ATOMIC_RELEASE));
	/* Who slept while readers had it is a writer, as a rule. */
	if (UNLIKELY(left == 0 && (s & SLEEPERS)))
		wake_sleepers(&l->state, true, starving);
}

static bool until_valid(clockid_t clock, const struct timespec *until)
{
	return clock_supported(clock) && nanoseconds_valid(until);
}

/* ---- the symbols ---- */

INTERPOSE(int, pthread_rwlock_tryrdlock, (pthread_rwlock_t * l))
{
	if (UNLIKELY(is_shared(l)))
		return LIBC(pthread_rwlock_tryrdlock, "GLIBC_2.2.5")(l);
	return take_read(l, 0);
}
INTERPOSE_ALIAS(__pthread_rwlock_tryrdlock, pthread_rwlock_tryrdlock)

INTERPOSE(int, pthread_rwlock_trywrlock, (pthread_rwlock_t * l))
{
	if (UNLIKELY(is_shared(l)))
		return LIBC(pthread_rwlock_trywrlock, "GLIBC_2.2.5")(l);
	return take_write(l, 0);
}
INTERPOSE_ALIAS(__pthread_rwlock_trywrlock, pthread_rwlock_trywrlock)

INTERPOSE(int, pthread_rwlock_rdlock, (pthread_rwlock_t * l))
{
	int r;

	if (UNLIKELY(is_shared(l)))
		return IN_HOP(LIBC(pthread_rwlock_rdlock, "GLIBC_2.2.5")(l));
	r = take_read(l, 0);
	return LIKELY(r != EBUSY)
		       ? r
		       : take_slowly(l, false, CLOCK_MONOTONIC, NULL);
}
INTERPOSE_ALIAS(__pthread_rwlock_rdlock, pthread_rwlock_rdlock)

INTERPOSE(int, pthread_rwlock_wrlock, (pthread_rwlock_t * l))
{
	int r;

	if (UNLIKELY(is_shared(l)))
		return IN_HOP(LIBC(pthread_rwlock_wrlock, "GLIBC_2.2.5")(l));
	r = take_write(l, 0);
	return LIKELY(r != EBUSY) ? r
				  : take_slowly(l, true, CLOCK_MONOTONIC, NULL);
}
INTERPOSE_ALIAS(__pthread_rwlock_wrlock, pthread_rwlock_wrlock)

INTERPOSE(int, pthread_rwlock_clockrdlock,
	  (pthread_rwlock_t * l, clockid_t clock, const struct timespec *until))
{
	int r;

	if (!until_valid(clock, until))
		return EINVAL;
	if (UNLIKELY(is_shared(l)))
		return IN_HOP(LIBC(pthread_rwlock_clockrdlock,
				   "GLIBC_2.30")(l, clock, until));
	r = take_read(l, 0);
	return LIKELY(r != EBUSY) ? r : take_slowly(l, false, clock, until);
}

INTERPOSE(int, pthread_rwlock_clockwrlock,
	  (pthread_rwlock_t * l, clockid_t clock, const struct timespec *until))
{
	int r;

	if (!until_valid(clock, until))
		return EINVAL;
	if (UNLIKELY(is_shared(l)))
		return IN_HOP(LIBC(pthread_rwlock_clockwrlock,
				   "GLIBC_2.30")(l, clock, until));
	r = take_write(l, 0);
	return LIKELY(r != EBUSY) ? r : take_slowly(l, true, clock, until);
}

INTERPOSE(int, pthread_rwlock_timedrdlock,
	  (pthread_rwlock_t * l, const struct timespec *until))
{
	if (UNLIKELY(is_shared(l)))
		return IN_HOP(LIBC(pthread_rwlock_timedrdlock,
				   "GLIBC_2.2.5")(l, until));
	return pthread_rwlock_clockrdlock(l, CLOCK_REALTIME, until);
}

INTERPOSE(int, pthread_rwlock_timedwrlock,
	  (pthread_rwlock_t * l, const struct timespec *until))
{
	if (UNLIKELY(is_shared(l)))
		return IN_HOP(LIBC(pthread_rwlock_timedwrlock,
				   "GLIBC_2.2.5")(l, until));
	return pthread_rwlock_clockwrlock(l, CLOCK_REALTIME, until);
}

INTERPOSE(int, pthread_rwlock_unlock, (pthread_rwlock_t * l))
{
	if (UNLIKELY(is_shared(l)))
		return LIBC(pthread_rwlock_unlock, "GLIBC_2.2.5")(l);
	unlock(l);
	return 0;
}
INTERPOSE_ALIAS(__pthread_rwlock_unlock, pthread_rwlock_unlock)
