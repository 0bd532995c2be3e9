/*
 * pthread_barrier.c - barriers.
 *
 * Arrivals are counted in 64 bits and never reset: the thread that draws number
 * n waits in round n / count, and is the last one of that round if n % count is
 * count - 1.  The last thread adds 1 to the number of rounds done, on which the
 * others sleep.  A thread may draw a number of the next round before the last
 * thread of this round has woken the others; the count is right all the same.
 *
 * The last access of each thread counts that thread as gone.  So
 * pthread_barrier_destroy(), which may be called as soon as one thread has
 * returned, can wait for the others.
 *
 * libc's pthread_barrier_init() writes count and shared, and sets all other
 * fields but gone to zero.  Barriers that processes share keep libc's
 * implementation.
 */
#include <string.h>

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

bool barrier_fits(void)
{
	union {
		pthread_barrier_t libcs;
		struct barrier ours;
	} b;
	pthread_barrierattr_t attr;
	bool fits;

	memset(&b, 0, sizeof(b));
	pthread_barrierattr_init(&attr);
	fits = LIBC(pthread_barrier_init, "GLIBC_2.34")(&b.libcs, &attr, 3) ==
		       0 &&
	       b.ours.count == 3 && !b.ours.shared && !b.ours.arrived &&
	       !b.ours.rounds;
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	fits = fits &&
	       LIBC(pthread_barrier_init, "GLIBC_2.34")(&b.libcs, &attr, 5) ==
		       0 &&
	       b.ours.count == 5 && b.ours.shared;
	pthread_barrierattr_destroy(&attr);
	return fits;
}

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
	/* As in libc, also wait for threads that arrive only now: they may
	 * complete an unfinished round. */
	while (now !=
	       ((uint32_t)__atomic_load_n(&b->arrived, __ATOMIC_ACQUIRE) *
			GONE_ONE |
		BARRIER_DESTROYED)) {
		green_futex_wait(&b->gone, now, GREEN_FOREVER, ANY_WAITER);
		now = __atomic_load_n(&b->gone, __ATOMIC_ACQUIRE);
	}
	return 0;
}
