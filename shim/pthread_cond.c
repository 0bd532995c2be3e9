/*
 * pthread_cond.c - condition variables.
 *
 * The first word counts the waiters and the second the signals.  The address of
 * the second is the futex key on which the waiters sleep, first come first
 * served.  A waiter adds itself to the count while it holds the mutex, enters
 * the line before it releases the mutex (green_cond_wait), and subtracts itself
 * when it wakes, before it locks the mutex again.  Therefore:
 *
 *  - A signal after the release of the mutex always finds the waiter.
 *  - A signal that finds no waiters touches nothing but the count.
 *  - pthread_cond_destroy() can wait for the last waiter to leave, as libc's
 *    function does.
 *
 * A signal wakes exactly one waiter in the line.  A waiter that gives up
 * (timeout, cancellation) leaves the line and does not consume a signal.
 *
 * A broadcast makes all waiters runnable at once.  Fibers on a hub run one
 * after another and find the mutex free in turn.  To move the waiters to the
 * line of the mutex would save nothing, and would make each unlock wake the
 * next waiter.
 *
 * libc's pthread_cond_init() writes the object: all zero but a word of flags,
 * which tell the clock and whether processes share the object.  The place of
 * that word differs among versions of glibc, so it is measured.  A shared
 * condition variable keeps libc's implementation.
 */
#include <string.h>

#include "objects.h"

struct cond {
	uint32_t waiters; /* and COND_DESTROYED */
	uint32_t signals; /* counter; its address is the futex key */
};
#define COND_DESTROYED 0x80000000u

_Static_assert(sizeof(pthread_cond_t) == __SIZEOF_PTHREAD_COND_T,
	       "a condition variable has libc's size");

#define COND_WORDS (sizeof(pthread_cond_t) / sizeof(uint32_t))

/*
 * libc's flags, as cond_measure() finds them.  word: the index of the word that
 * holds them, 0 before the measurement (a constructor of the program may wait
 * before ours has run).  bad: this libc does not have them in one word, so that
 * all condition variables stay libc's.
 */
static struct {
	unsigned word;
	uint32_t shared, monotonic;
	bool bad;
} flags;

/* The only word of a condition variable that is not 0 after libc's init with
 * that attribute; 0: there is no such word, or it lies in our part. */
static unsigned cond_flag_word(const pthread_condattr_t *attr, uint32_t *value)
{
	uint32_t words[COND_WORDS];
	unsigned i, at = 0;
	pthread_cond_t c;

	memset(&c, 0, sizeof(c));
	if (LIBC(pthread_cond_init, "GLIBC_2.3.2")(&c, attr))
		return 0;
	memcpy(words, &c, sizeof(words));
	for (i = 0; i < COND_WORDS; i++) {
		if (!words[i])
			continue;
		if (at || i * sizeof(uint32_t) < sizeof(struct cond))
			return 0;
		at = i;
		*value = words[i];
	}
	return at;
}

/* Several threads may do this at once, with the same result; word is written
 * last. */
bool cond_measure(void)
{
	uint32_t shared = 0, monotonic = 0;
	unsigned word, other;
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	word = cond_flag_word(&attr, &monotonic);
	pthread_condattr_setclock(&attr, CLOCK_REALTIME);
	pthread_condattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	other = cond_flag_word(&attr, &shared);
	pthread_condattr_destroy(&attr);
	flags.bad = !word || word != other || (shared & monotonic);
	flags.shared = shared;
	flags.monotonic = monotonic;
	__atomic_store_n(&flags.word, flags.bad ? COND_WORDS - 1 : word,
			 __ATOMIC_RELEASE);
	return !flags.bad;
}

static inline uint32_t cond_flags(const pthread_cond_t *c)
{
	unsigned word = __atomic_load_n(&flags.word, __ATOMIC_ACQUIRE);

	if (UNLIKELY(!word)) {
		cond_measure();
		word = flags.word;
	}
	return PEEK(((const uint32_t *)c)[word]);
}

static inline struct cond *cond_ours(pthread_cond_t *c)
{
	return (struct cond *)c;
}

static inline bool cond_is_shared(const pthread_cond_t *c)
{
	uint32_t now = cond_flags(c);

	return UNLIKELY((now & flags.shared) || flags.bad);
}

static inline clockid_t cond_clock(const pthread_cond_t *c)
{
	return cond_flags(c) & flags.monotonic ? CLOCK_MONOTONIC
					       : CLOCK_REALTIME;
}

/* Stop being a waiter: the caller's last access to the object. */
static void cond_leave(struct cond *c)
{
	uint32_t was = __atomic_fetch_sub(&c->waiters, 1, __ATOMIC_RELEASE);

	if (UNLIKELY(was & COND_DESTROYED))
		green_futex_wake(&c->waiters, INT_MAX, ANY_WAITER);
}

/* Call only if there are waiters; the object may not exist afterwards. */
static void cond_wake(struct cond *c, int n)
{
	__atomic_fetch_add(&c->signals, 1, __ATOMIC_RELEASE);
	green_futex_wake(&c->signals, n, ANY_WAITER);
}

/*
 * Wait in line.  After a signal handler the wait goes on, unless the condition
 * was signalled meanwhile: that may have been for this waiter.  If the signals
 * are not counted (count is false), the wait returns after a handler; POSIX
 * allows spurious wakeups.
 */
static int cond_wait_in_line(pthread_cond_t *cond, pthread_mutex_t *m,
			     uint64_t deadline, bool count)
{
	struct cond *c = cond_ours(cond);
	int r, error;

	cancel_test();
	error = mutex_check_owner(m);
	if (error)
		return error;
	if (count)
		__atomic_fetch_add(&c->waiters, 1, __ATOMIC_RELAXED);
	r = green_cond_wait(&c->signals, count, mutex_unlock_to_wait, m,
			    deadline);
	if (count)
		cond_leave(c);
	error = mutex_lock_after_wait(m);
	if (r == -EINTR)
		cancel_test();
	if (error)
		return error;
	return r == -ETIMEDOUT ? ETIMEDOUT : 0;
}

/*
 * A shared condition variable with a private mutex: all its waiters are in this
 * process, and libc cannot wake threads that sleep on a mutex of the shim.  So
 * these waiters stand in the line of the shim, too.  They are not counted,
 * because every byte of a shared object belongs to libc.
 */
static bool cond_waits_here(const pthread_cond_t *c, const pthread_mutex_t *m)
{
	return !cond_is_shared(c) || (!mutex_is_shared(m) && !flags.bad);
}

static int cond_wait_until(pthread_cond_t *c, pthread_mutex_t *m,
			   clockid_t clock, const struct timespec *until)
{
	return cond_wait_in_line(c, m, deadline_at(clock, until),
				 !cond_is_shared(c));
}

/*
 * Evaluate a wait by libc on a hop.  Cancellation unwinds out of the wait, so
 * the cleanup needs -fexceptions (Makefile).
 */
#define IN_LIBC(call, m)                                                       \
	({                                                                     \
		struct as_kernel_thread self_                                  \
			__attribute__((cleanup(as_kernel_thread_end)));        \
                                                                               \
		cancel_test();                                                 \
		as_kernel_thread_begin(&self_, m);                             \
		(call);                                                        \
	})

int cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	if (UNLIKELY(!cond_waits_here(c, m)))
		return IN_LIBC(LIBC(pthread_cond_wait, "GLIBC_2.3.2")(c, m), m);
	return cond_wait_in_line(c, m, GREEN_FOREVER, !cond_is_shared(c));
}

int cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
		   const struct timespec *until)
{
	if (!nanoseconds_valid(until))
		return EINVAL;
	if (UNLIKELY(!cond_waits_here(c, m)))
		return IN_LIBC(LIBC(pthread_cond_timedwait,
				    "GLIBC_2.3.2")(c, m, until),
			       m);
	return cond_wait_until(c, m, cond_clock(c), until);
}

int cond_signal(pthread_cond_t *cond)
{
	struct cond *c = cond_ours(cond);

	if (UNLIKELY(cond_is_shared(cond))) {
		if (green_futex_wake(&c->signals, 1, ANY_WAITER) == 1)
			return 0;
		return LIBC(pthread_cond_signal, "GLIBC_2.3.2")(cond);
	}
	yield_to_spawned();
	if (PEEK(c->waiters))
		cond_wake(c, 1);
	return 0;
}

int cond_broadcast(pthread_cond_t *cond)
{
	struct cond *c = cond_ours(cond);

	if (UNLIKELY(cond_is_shared(cond))) {
		green_futex_wake(&c->signals, INT_MAX, ANY_WAITER);
		return LIBC(pthread_cond_broadcast, "GLIBC_2.3.2")(cond);
	}
	yield_to_spawned();
	if (PEEK(c->waiters))
		cond_wake(c, INT_MAX);
	return 0;
}

/* POSIX: destroying is safe once no thread is blocked.  Threads that were woken
 * may still have to access the object: wait until they have. */
int cond_destroy(pthread_cond_t *cond)
{
	struct cond *c = cond_ours(cond);
	uint32_t now;

	if (UNLIKELY(cond_is_shared(cond)))
		return IN_HOP(LIBC(pthread_cond_destroy, "GLIBC_2.3.2")(cond));
	if (LIKELY(!__atomic_load_n(&c->waiters, __ATOMIC_ACQUIRE)))
		return 0;
	now = __atomic_or_fetch(&c->waiters, COND_DESTROYED, __ATOMIC_ACQUIRE);
	while (now != COND_DESTROYED) {
		green_futex_wait(&c->waiters, now, GREEN_FOREVER, ANY_WAITER);
		now = __atomic_load_n(&c->waiters, __ATOMIC_ACQUIRE);
	}
	POKE(c->waiters, 0);
	return 0;
}

/* ---- the symbols ---- */

INTERPOSE(int, pthread_cond_wait, (pthread_cond_t * c, pthread_mutex_t *m))
{
	return cond_wait(c, m);
}

INTERPOSE(int, pthread_cond_timedwait,
	  (pthread_cond_t * c, pthread_mutex_t *m,
	   const struct timespec *until))
{
	return cond_timedwait(c, m, until);
}

INTERPOSE(int, pthread_cond_clockwait,
	  (pthread_cond_t * c, pthread_mutex_t *m, clockid_t clock,
	   const struct timespec *until))
{
	if (!nanoseconds_valid(until) || !clock_supported(clock))
		return EINVAL;
	if (UNLIKELY(!cond_waits_here(c, m)))
		return IN_LIBC(LIBC(pthread_cond_clockwait,
				    "GLIBC_2.30")(c, m, clock, until),
			       m);
	return cond_wait_until(c, m, clock, until);
}

INTERPOSE(int, pthread_cond_signal, (pthread_cond_t * c))
{
	return cond_signal(c);
}

INTERPOSE(int, pthread_cond_broadcast, (pthread_cond_t * c))
{
	return cond_broadcast(c);
}

INTERPOSE(int, pthread_cond_destroy, (pthread_cond_t * c))
{
	return cond_destroy(c);
}
