/*
 * sem.c - semaphores.
 *
 * The layout is libc's: one 64-bit word with the value in the lower half and
 * the number of waiters in the upper half.  So the instruction that posts also
 * tells whether a thread may sleep, and the semaphore is not touched
 * afterwards, as its next owner may destroy it.  Waiters sleep on the value
 * while it is 0.
 *
 * sem_getvalue(), sem_destroy(), sem_open(), sem_close() and sem_unlink() are
 * libc's: they read the same layout.  libc also posts and waits for semaphores
 * that other processes may see (named or pshared ones).
 */
#include <semaphore.h>
#include <string.h>

#include "objects.h"

struct sem {
	uint64_t data;
	int shared;   /* libc's place; 0: private to this process */
	int pad;      /* libc's place */
	int starving; /* see objects.h */
};

#define ONE_WAITER    (1ull << 32)
#define VALUE(data)   ((uint32_t)(data))
#define WAITERS(data) ((uint32_t)((data) >> 32))

_Static_assert(sizeof(struct sem) <= sizeof(sem_t),
	       "our semaphore fits into libc's");
_Static_assert(_Alignof(sem_t) >= _Alignof(uint64_t),
	       "data is changed by one atomic instruction");

bool sem_fits(void)
{
	union {
		sem_t libcs;
		struct sem ours;
	} s;
	bool fits;

	memset(&s, 0, sizeof(s));
	fits = LIBC(sem_init, "GLIBC_2.34")(&s.libcs, 0, 3) == 0 &&
	       s.ours.data == 3 && !s.ours.shared;
	return fits && LIBC(sem_init, "GLIBC_2.34")(&s.libcs, 1, 5) == 0 &&
	       s.ours.data == 5 && s.ours.shared;
}

static inline uint32_t *value_word(struct sem *s)
{
	return (uint32_t *)&s->data + (__BYTE_ORDER == __BIG_ENDIAN);
}

static inline bool sem_take(struct sem *s)
{
	uint64_t d = PEEK(s->data);

	while (VALUE(d))
		if (LIKELY(__atomic_compare_exchange_n(&s->data, &d, d - 1,
						       true, __ATOMIC_ACQUIRE,
						       __ATOMIC_RELAXED)))
			return true;
	return false;
}

/* Returns 0, -ETIMEDOUT or -EINTR. */
static int sem_take_slowly(struct sem *s, uint64_t deadline)
{
	uint64_t d = __atomic_add_fetch(&s->data, ONE_WAITER, __ATOMIC_RELAXED);
	struct patience patience = { 0 };
	int r = 0;

	for (;;) {
		if (VALUE(d)) {
			if (!__atomic_compare_exchange_n(&s->data, &d,
							 d - 1 - ONE_WAITER,
							 true, __ATOMIC_ACQUIRE,
							 __ATOMIC_RELAXED))
				continue;
			r = 0;
			break;
		}
		r = green_futex_wait(value_word(s), 0, deadline, ANY_WAITER);
		if (r == -ETIMEDOUT || r == -EINTR) {
			__atomic_fetch_sub(&s->data, ONE_WAITER,
					   __ATOMIC_RELAXED);
			break;
		}
		d = PEEK(s->data);
		if (r == 0 && !VALUE(d))
			LOST(patience, s->starving);
	}
	SATED(patience, s->starving);
	return r;
}

static int sem_wait_until(struct sem *s, clockid_t clock,
			  const struct timespec *until)
{
	int r;

	cancel_test();
	if (LIKELY(sem_take(s)))
		return 0;
	r = sem_take_slowly(s, deadline_at(clock, until));
	if (r == -EINTR)
		cancel_test();
	return (int)as_errno(r);
}

/* Evaluate a wait by libc on a hop.  A cancellation request interrupts the
 * wait. */
#define IN_LIBC(call)                                                          \
	({                                                                     \
		int in_libc_ = IN_HOP(call);                                   \
                                                                               \
		if (in_libc_ < 0 && errno == EINTR)                            \
			cancel_test();                                         \
		in_libc_;                                                      \
	})

/* libc does not initialise the place of our field. */
INTERPOSE(int, sem_init, (sem_t * sem, int pshared, unsigned value))
{
	int r = LIBC(sem_init, "GLIBC_2.2.5")(sem, pshared, value);

	if (r == 0 && !pshared)
		((struct sem *)sem)->starving = 0;
	return r;
}

INTERPOSE(int, sem_wait, (sem_t * sem))
{
	struct sem *s = (struct sem *)sem;

	if (UNLIKELY(s->shared)) {
		cancel_test();
		return sem_take(s)
			       ? 0
			       : IN_LIBC(LIBC(sem_wait, "GLIBC_2.2.5")(sem));
	}
	return sem_wait_until(s, CLOCK_MONOTONIC, NULL);
}

INTERPOSE(int, sem_trywait, (sem_t * sem))
{
	yield_to_spawned();
	return sem_take((struct sem *)sem) ? 0 : (int)as_errno(-EAGAIN);
}

INTERPOSE(int, sem_timedwait, (sem_t * sem, const struct timespec *until))
{
	struct sem *s = (struct sem *)sem;

	if (!nanoseconds_valid(until))
		return (int)as_errno(-EINVAL);
	if (UNLIKELY(s->shared)) {
		cancel_test();
		return sem_take(s) ? 0
				   : IN_LIBC(LIBC(sem_timedwait,
						  "GLIBC_2.2.5")(sem, until));
	}
	return sem_wait_until(s, CLOCK_REALTIME, until);
}

INTERPOSE(int, sem_clockwait,
	  (sem_t * sem, clockid_t clock, const struct timespec *until))
{
	struct sem *s = (struct sem *)sem;

	if (!clock_supported(clock) || !nanoseconds_valid(until))
		return (int)as_errno(-EINVAL);
	if (UNLIKELY(s->shared)) {
		cancel_test();
		return sem_take(s)
			       ? 0
			       : IN_LIBC(LIBC(sem_clockwait,
					      "GLIBC_2.30")(sem, clock, until));
	}
	return sem_wait_until(s, clock, until);
}

/* Async-signal-safe (POSIX); called by fibers, carriers and aliens alike. */
INTERPOSE(int, sem_post, (sem_t * sem))
{
	struct sem *s = (struct sem *)sem;
	uint64_t d = PEEK(s->data);
	bool starving = PEEK(s->starving);

	if (UNLIKELY(s->shared))
		return LIBC(sem_post, "GLIBC_2.2.5")(sem);
	do {
		if (VALUE(d) == SEM_VALUE_MAX)
			return (int)as_errno(-EOVERFLOW);
	} while (!__atomic_compare_exchange_n(
		&s->data, &d, d + 1, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	if (WAITERS(d)) {
		green_futex_wake(value_word(s), 1, ANY_WAITER);
		if (UNLIKELY(starving))
			step_back();
	}
	return 0;
}
