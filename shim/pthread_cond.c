/*
 * Condition variables.
 *
 * The first word counts the waiters, the second the signals; its address is
 * the key in the futex table under which they sleep, first come first served.
 * A waiter adds itself while it holds the mutex, is put in line before it is
 * released (green_cond_wait), and subtracts itself when it wakes, before it
 * locks the mutex again: so a signal that comes after the mutex was released
 * always finds it, one that finds no waiters touches nothing else, and
 * pthread_cond_destroy() can wait for the last one to have left, as libc's
 * does.  A signal wakes exactly one of those in line; one that gave up
 * (timeout, cancellation) has left the line and takes no signal with it.
 *
 * A broadcast makes all waiters runnable at once.  Fibers on a hub run one
 * after another and find the mutex free in turn; moving them to the mutex's
 * line instead would save nothing but make each unlock wake the next.
 *
 * libc's pthread_cond_init writes the object: all zero but the low bits of
 * __wrefs, which say its clock and whether it is shared between processes.
 * A shared one keeps libc's implementation.
 */
#include "objects.h"

/* Bits of __wrefs (nptl/pthread_cond_common.c). */
enum { COND_SHARED = 1, COND_MONOTONIC = 2 };

struct cond {
	uint32_t waiters; /* and COND_DESTROYED */
	uint32_t signals; /* counted; its address is the line */
};
#define COND_DESTROYED 0x80000000u

_Static_assert(sizeof(pthread_cond_t) == __SIZEOF_PTHREAD_COND_T,
	       "a condition variable has libc's size");
_Static_assert(offsetof(struct __pthread_cond_s, __wrefs) >=
		       sizeof(struct cond),
	       "our part does not reach into __wrefs");

static inline struct cond *ours(pthread_cond_t *c)
{
	return (struct cond *)c;
}

static inline bool is_shared(const pthread_cond_t *c)
{
	return PEEK(c->__data.__wrefs) & COND_SHARED;
}

static inline clockid_t clock_of(const pthread_cond_t *c)
{
	return PEEK(c->__data.__wrefs) & COND_MONOTONIC ? CLOCK_MONOTONIC
							: CLOCK_REALTIME;
}

/* The caller no longer needs the object. */
static void leave(struct cond *c)
{
	uint32_t was = __atomic_fetch_sub(&c->waiters, 1, __ATOMIC_RELEASE);

	if (UNLIKELY(was & COND_DESTROYED))
		green_futex_wake(&c->waiters, INT_MAX, ANY_WAITER);
}

/* Whether it has waiters must be known before: it may be gone afterwards. */
static void wake(struct cond *c, int n)
{
	__atomic_fetch_add(&c->signals, 1, __ATOMIC_RELEASE);
	green_futex_wake(&c->signals, n, ANY_WAITER);
}

/*
 * Wait in line.  After a handler the wait goes on, unless somebody signalled
 * meanwhile, maybe for us.  Where signals are not counted it returns as if
 * signalled, which POSIX allows.
 */
static int wait_in_line(pthread_cond_t *cond, pthread_mutex_t *m,
			uint64_t deadline, bool count)
{
	struct cond *c = ours(cond);
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
		leave(c);
	error = mutex_lock_after_wait(m);
	if (r == -EINTR)
		cancel_test();
	if (error)
		return error;
	return r == -ETIMEDOUT ? ETIMEDOUT : 0;
}

/*
 * A shared condition variable with a mutex that is not: its waiters are all
 * in this process, and libc could not wake those who sleep on our mutex.  So
 * they stand in our line too, but are not counted, as every byte of the
 * object is libc's.
 */
static bool waits_here(const pthread_cond_t *c, const pthread_mutex_t *m)
{
	return !is_shared(c) || !mutex_is_shared(m);
}

static int wait_until(pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock,
		      const struct timespec *until)
{
	return wait_in_line(c, m, deadline_at(clock, until), !is_shared(c));
}

/*
 * A wait by libc, on a hop; also left by cancellation, which unwinds
 * (-fexceptions: Makefile).
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
	if (UNLIKELY(!waits_here(c, m)))
		return IN_LIBC(LIBC(pthread_cond_wait, "GLIBC_2.3.2")(c, m), m);
	return wait_in_line(c, m, GREEN_FOREVER, !is_shared(c));
}

int cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
		   const struct timespec *until)
{
	if (!nanoseconds_valid(until))
		return EINVAL;
	if (UNLIKELY(!waits_here(c, m)))
		return IN_LIBC(LIBC(pthread_cond_timedwait,
				    "GLIBC_2.3.2")(c, m, until),
			       m);
	return wait_until(c, m, clock_of(c), until);
}

int cond_signal(pthread_cond_t *cond)
{
	struct cond *c = ours(cond);

	if (UNLIKELY(is_shared(cond))) {
		if (green_futex_wake(&c->signals, 1, ANY_WAITER) == 1)
			return 0;
		return LIBC(pthread_cond_signal, "GLIBC_2.3.2")(cond);
	}
	newborns_first();
	if (PEEK(c->waiters))
		wake(c, 1);
	return 0;
}

int cond_broadcast(pthread_cond_t *cond)
{
	struct cond *c = ours(cond);

	if (UNLIKELY(is_shared(cond))) {
		green_futex_wake(&c->signals, INT_MAX, ANY_WAITER);
		return LIBC(pthread_cond_broadcast, "GLIBC_2.3.2")(cond);
	}
	newborns_first();
	if (PEEK(c->waiters))
		wake(c, INT_MAX);
	return 0;
}

/* Those who were woken may still be on their way out: wait for them. */
int cond_destroy(pthread_cond_t *cond)
{
	struct cond *c = ours(cond);
	uint32_t now;

	if (UNLIKELY(is_shared(cond)))
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
	if (UNLIKELY(!waits_here(c, m)))
		return IN_LIBC(LIBC(pthread_cond_clockwait,
				    "GLIBC_2.30")(c, m, clock, until),
			       m);
	return wait_until(c, m, clock, until);
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
