/*
 * pthread_rwlock.c - read-write locks.
 *
 * One word holds the state: bits 0 and 1 are set while a writer has the lock,
 * bit 2 is set while a thread may sleep, and the other bits count the readers.
 * (libc's scripts for debuggers read the word in the same way.)  Readers and
 * writers sleep on that word with different futex bitsets.
 *
 * The unlock that frees the lock clears bit 2 and wakes all sleeping readers,
 * or, if there are none, one writer.  With PREFER_WRITER_NONRECURSIVE, and
 * after readers had the lock, the unlock wakes one writer, or, if there is
 * none, all readers.  The threads that were woken have the duty to wake the
 * rest: they take the lock with bit 2 set, or set the bit again before they
 * sleep.  So bit 2 is never clear while a thread sleeps and no woken thread is
 * on its way.
 *
 * A reader can lock whenever no writer has the lock, which makes recursive read
 * locks safe.  Only with PREFER_WRITER_NONRECURSIVE do readers wait while a
 * writer waits.  As in libc, PREFER_WRITER (without the suffix) prefers
 * readers.
 *
 * pthread_rwlock_init() and pthread_rwlock_destroy() are libc's.  Locks that
 * processes share keep libc's implementation.
 */
#include <string.h>

#include "objects.h"

enum {
	WRITER = 1 | 2,
	SLEEPERS = 4,
	READER = 8,
};
#define READERS_MAX (UINT32_MAX - READER)

/* The futex bitsets of sleepers. */
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

static inline struct rwlock *rwlock_ours(pthread_rwlock_t *l)
{
	return (struct rwlock *)l;
}

bool rwlock_fits(void)
{
	int kind = PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
	pthread_rwlockattr_t attr;
	pthread_rwlock_t l[2];
	bool fits;

	memset(l, 0, sizeof(l));
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, kind);
	fits = LIBC(pthread_rwlock_init, "GLIBC_2.34")(&l[0], &attr) == 0;
	pthread_rwlockattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	fits &= LIBC(pthread_rwlock_init, "GLIBC_2.34")(&l[1], &attr) == 0;
	pthread_rwlockattr_destroy(&attr);
	return fits && (int)l[0].__data.__flags == kind &&
	       !l[0].__data.__shared && l[1].__data.__shared;
}

static inline bool rwlock_is_shared(const pthread_rwlock_t *l)
{
	return l->__data.__shared;
}

static inline bool prefers_writers(const pthread_rwlock_t *l)
{
	return l->__data.__flags ==
	       PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

static inline bool rwlock_change(struct rwlock *l, uint32_t *from, uint32_t to,
				 int order)
{
	return __atomic_compare_exchange_n(&l->state, from, to, true, order,
					   __ATOMIC_RELAXED);
}

/* Set the bit that makes an unlock wake.  Returns false if the state has
 * changed. */
static bool rwlock_announce(struct rwlock *l, uint32_t *state)
{
	if (*state & SLEEPERS)
		return true;
	if (!rwlock_change(l, state, *state | SLEEPERS, __ATOMIC_SEQ_CST))
		return false;
	*state |= SLEEPERS;
	return true;
}

/* duty: SLEEPERS if the caller was woken, else 0.  Returns 0, EBUSY or
 * EAGAIN. */
static int rwlock_take_read(pthread_rwlock_t *lock, uint32_t duty)
{
	struct rwlock *l = rwlock_ours(lock);
	uint32_t s = PEEK(l->state);

	do {
		if (s & WRITER)
			return EBUSY;
		if (UNLIKELY(prefers_writers(lock)) && PEEK(l->writers))
			return EBUSY;
		if (UNLIKELY(s >= READERS_MAX))
			return EAGAIN;
	} while (!rwlock_change(l, &s, (s + READER) | duty, __ATOMIC_ACQUIRE));
	return 0;
}

static int rwlock_take_write(pthread_rwlock_t *lock, uint32_t duty)
{
	struct rwlock *l = rwlock_ours(lock);
	uint32_t s = PEEK(l->state);

	do {
		if (s & ~SLEEPERS)
			return EBUSY;
	} while (!rwlock_change(l, &s, s | WRITER | duty, __ATOMIC_ACQUIRE));
	lock->__data.__cur_writer = rt_tid();
	return 0;
}

/* True if a reader has to sleep on the state s; false if it can try again. */
static bool keeps_readers_out(pthread_rwlock_t *lock, uint32_t s)
{
	if (s & WRITER)
		return true;
	/* Read writers after rwlock_announce(): a writer that gives up
	 * subtracts itself from writers before it looks at the bit. */
	return prefers_writers(lock) &&
	       __atomic_load_n(&rwlock_ours(lock)->writers, __ATOMIC_SEQ_CST);
}

/* A writer gave up: readers may have slept only because of that writer. */
static void rwlock_wake_readers(struct rwlock *l)
{
	uint32_t s = __atomic_load_n(&l->state, __ATOMIC_SEQ_CST);

	while (s & SLEEPERS)
		if (rwlock_change(l, &s, s & ~(uint32_t)SLEEPERS,
				  __ATOMIC_RELAXED)) {
			green_futex_wake(&l->state, INT_MAX, ANY_WAITER);
			break;
		}
}

static inline int rwlock_take(pthread_rwlock_t *lock, bool write, uint32_t duty)
{
	return write ? rwlock_take_write(lock, duty)
		     : rwlock_take_read(lock, duty);
}

static int rwlock_sleep_and_take(pthread_rwlock_t *lock, bool write,
				 uint64_t deadline)
{
	struct rwlock *l = rwlock_ours(lock);
	struct patience patience = { 0 };
	uint32_t s, duty = 0;
	int r = -EAGAIN, error;

	while ((error = rwlock_take(lock, write, duty)) == EBUSY) {
		s = PEEK(l->state);
		if (!(write ? (s & ~SLEEPERS) : keeps_readers_out(lock, s)) ||
		    !rwlock_announce(l, &s) ||
		    (!write && !keeps_readers_out(lock, s)))
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

static __attribute__((noinline)) int rwlock_take_slowly(
	pthread_rwlock_t *lock, bool write, clockid_t clock,
	const struct timespec *until)
{
	struct rwlock *l = rwlock_ours(lock);
	uint64_t deadline;
	int error;

	/* Only the caller can have stored the caller's tid there. */
	if (PEEK(lock->__data.__cur_writer) == rt_tid())
		return EDEADLK;
	if (spin_while(&l->state, WRITER) && rwlock_take(lock, write, 0) == 0)
		return 0;
	deadline = deadline_at(clock, until);
	if (!write)
		return rwlock_sleep_and_take(lock, false, deadline);
	__atomic_fetch_add(&l->writers, 1, __ATOMIC_SEQ_CST);
	error = rwlock_sleep_and_take(lock, true, deadline);
	__atomic_fetch_sub(&l->writers, 1, __ATOMIC_SEQ_CST);
	if (error && prefers_writers(lock))
		rwlock_wake_readers(l);
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

static void rwlock_unlock(pthread_rwlock_t *lock)
{
	struct rwlock *l = rwlock_ours(lock);
	/* Read these before the release: afterwards the lock may not exist. */
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
	} while (!rwlock_change(l, &s, left, __ATOMIC_RELEASE));
	/* A thread that sleeps while readers have the lock is usually a
	 * writer. */
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
	if (UNLIKELY(rwlock_is_shared(l)))
		return LIBC(pthread_rwlock_tryrdlock, "GLIBC_2.2.5")(l);
	return rwlock_take_read(l, 0);
}
INTERPOSE_ALIAS(__pthread_rwlock_tryrdlock, pthread_rwlock_tryrdlock)

INTERPOSE(int, pthread_rwlock_trywrlock, (pthread_rwlock_t * l))
{
	if (UNLIKELY(rwlock_is_shared(l)))
		return LIBC(pthread_rwlock_trywrlock, "GLIBC_2.2.5")(l);
	return rwlock_take_write(l, 0);
}
INTERPOSE_ALIAS(__pthread_rwlock_trywrlock, pthread_rwlock_trywrlock)

INTERPOSE(int, pthread_rwlock_rdlock, (pthread_rwlock_t * l))
{
	int r;

	if (UNLIKELY(rwlock_is_shared(l)))
		return IN_HOP(LIBC(pthread_rwlock_rdlock, "GLIBC_2.2.5")(l));
	r = rwlock_take_read(l, 0);
	return LIKELY(r != EBUSY)
		       ? r
		       : rwlock_take_slowly(l, false, CLOCK_MONOTONIC, NULL);
}
INTERPOSE_ALIAS(__pthread_rwlock_rdlock, pthread_rwlock_rdlock)

INTERPOSE(int, pthread_rwlock_wrlock, (pthread_rwlock_t * l))
{
	int r;

	if (UNLIKELY(rwlock_is_shared(l)))
		return IN_HOP(LIBC(pthread_rwlock_wrlock, "GLIBC_2.2.5")(l));
	r = rwlock_take_write(l, 0);
	return LIKELY(r != EBUSY)
		       ? r
		       : rwlock_take_slowly(l, true, CLOCK_MONOTONIC, NULL);
}
INTERPOSE_ALIAS(__pthread_rwlock_wrlock, pthread_rwlock_wrlock)

INTERPOSE(int, pthread_rwlock_clockrdlock,
	  (pthread_rwlock_t * l, clockid_t clock, const struct timespec *until))
{
	int r;

	if (!until_valid(clock, until))
		return EINVAL;
	if (UNLIKELY(rwlock_is_shared(l)))
		return IN_HOP(LIBC(pthread_rwlock_clockrdlock,
				   "GLIBC_2.30")(l, clock, until));
	r = rwlock_take_read(l, 0);
	return LIKELY(r != EBUSY) ? r
				  : rwlock_take_slowly(l, false, clock, until);
}

INTERPOSE(int, pthread_rwlock_clockwrlock,
	  (pthread_rwlock_t * l, clockid_t clock, const struct timespec *until))
{
	int r;

	if (!until_valid(clock, until))
		return EINVAL;
	if (UNLIKELY(rwlock_is_shared(l)))
		return IN_HOP(LIBC(pthread_rwlock_clockwrlock,
				   "GLIBC_2.30")(l, clock, until));
	r = rwlock_take_write(l, 0);
	return LIKELY(r != EBUSY) ? r
				  : rwlock_take_slowly(l, true, clock, until);
}

INTERPOSE(int, pthread_rwlock_timedrdlock,
	  (pthread_rwlock_t * l, const struct timespec *until))
{
	if (UNLIKELY(rwlock_is_shared(l)))
		return IN_HOP(LIBC(pthread_rwlock_timedrdlock,
				   "GLIBC_2.2.5")(l, until));
	return pthread_rwlock_clockrdlock(l, CLOCK_REALTIME, until);
}

INTERPOSE(int, pthread_rwlock_timedwrlock,
	  (pthread_rwlock_t * l, const struct timespec *until))
{
	if (UNLIKELY(rwlock_is_shared(l)))
		return IN_HOP(LIBC(pthread_rwlock_timedwrlock,
				   "GLIBC_2.2.5")(l, until));
	return pthread_rwlock_clockwrlock(l, CLOCK_REALTIME, until);
}

INTERPOSE(int, pthread_rwlock_unlock, (pthread_rwlock_t * l))
{
	if (UNLIKELY(rwlock_is_shared(l)))
		return LIBC(pthread_rwlock_unlock, "GLIBC_2.2.5")(l);
	rwlock_unlock(l);
	return 0;
}
INTERPOSE_ALIAS(__pthread_rwlock_unlock, pthread_rwlock_unlock)
