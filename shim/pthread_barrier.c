/*
 * Barriers.
 *
 * Arrivals are counted in 64 bits for ever: the thread that draws number n
 * waits in round n / count and is its last one when n % count is count - 1.
 * The last one adds 1 to the number of rounds done, on which the others
 * sleep.  A thread may draw a number of the next round before this round's
 * last one has woken the others; both then count.
 *
 * Each thread's last access is to count itself as gone, so that destroy, which
 * may be called as soon as one thread has returned, can wait for the others.
 *
 * libc's pthread_barrier_init writes count and shared and zeroes the rest but
 * one field.  Barriers shared between processes keep libc's implementation.
 */
#include "objects.h"

struct barrier {
	uint64_t arrived;
	uint32_t count;	 /* libc's place */
	int shared;	 /* libc's place; 0: private to this process */
	uint32_t rounds; /* done so far, modulo 2^32 */
	uint32_t gone;	 /* modulo 2^31, above BARRIER_DESTROYED */
};
enum { BARRIER_DESTROYED = 1, GONE_ONE = 2 };

_Static_assert(sizeof(struct barrier) <= sizeof(pthread_barrier_t),
	       "our barrier fits into libc's");
_Static_assert(_Alignof(pthread_barrier_t) >= _Alignof(uint64_t),
	       "arrivals are counted by one atomic instruction");

static void depart(struct barrier *b)
{
	uint32_t was = __atomic_fetch_add(&b->gone, GONE_ONE, __ATOMIC_RELEASE);

	if (UNLIKELY(was & BARRIER_DESTROYED))
		green_futex_wake(&b->gone, INT_MAX, ANY_WAITER);
}

INTERPOSE(int, pthread_barrier_init,
	  (pthread_barrier_t * barrier, const pthread_barrierattr_t *attr,
	   unsigned count))
{
	struct barrier *b = (struct barrier *)barrier;
	int r = LIBC(pthread_barrier_init, "GLIBC_2.2.5")(barrier, attr, count);

	if (r == 0 && !b->shared)
		b->gone = 0;
	return r;
}

INTERPOSE(int, pthread_barrier_wait, (pthread_barrier_t * barrier))
{
	struct barrier *b = (struct barrier *)barrier;
	uint64_t number;
	uint32_t round, done;
	bool last;

	if (UNLIKELY(b->shared))
		return IN_HOP(
			LIBC(pthread_barrier_wait, "GLIBC_2.2.5")(barrier));
	number = __atomic_fetch_add(&b->arrived, 1, __ATOMIC_ACQ_REL);
	round = (uint32_t)(number / b->count);
	last = number % b->count == b->count - 1;
	if (last) {
		__atomic_fetch_add(&b->rounds, 1, __ATOMIC_ACQ_REL);
		green_futex_wake(&b->rounds, INT_MAX, ANY_WAITER);
	}
	for (;;) {
		done = __atomic_load_n(&b->rounds, __ATOMIC_ACQUIRE);
		if ((int32_t)(done - round) > 0)
			break;
		green_futex_wait(&b->rounds, done, GREEN_FOREVER, ANY_WAITER);
	}
	depart(b);
	return last ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

INTERPOSE(int, pthread_barrier_destroy, (pthread_barrier_t * barrier))
{
	struct barrier *b = (struct barrier *)barrier;
	uint32_t now;

	if (UNLIKELY(b->shared))
		return IN_HOP(
			LIBC(pthread_barrier_destroy, "GLIBC_2.2.5")(barrier));
	now = __atomic_or_fetch(&b->gone, BARRIER_DESTROYED, __ATOMIC_ACQUIRE);
	/* Those who arrive only now are waited for as well: libc does so, and
	 * a round that was left unfinished may end that way. */
	while (now !=
	       ((uint32_t)__atomic_load_n(&b->arrived, __ATOMIC_ACQUIRE) *
			GONE_ONE |
		BARRIER_DESTROYED)) {
		green_futex_wait(&b->gone, now, GREEN_FOREVER, ANY_WAITER);
		now = __atomic_load_n(&b->gone, __ATOMIC_ACQUIRE);
	}
	return 0;
}
