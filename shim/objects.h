/*
 * objects.h - what the files of the lock family share.
 *
 * Every lock is a 32-bit word changed by atomic instructions; whoever cannot
 * have it sleeps on that word in the runtime's futex table.  The word keeps
 * glibc's place and meaning, so static initialisers, libc's own init, destroy
 * and attribute functions (which are not interposed) and debuggers agree with
 * what stands here.
 *
 * A rule of all unlock functions: after the store that lets others in, the
 * object may be gone (its next owner may destroy it).  From there on only its
 * address is used, as a key.
 */
#ifndef GREEN_OBJECTS_H
#define GREEN_OBJECTS_H

#include <limits.h>
#include <pthread.h>

#include "interpose.h"

#define ANY_WAITER (~0u)

/* Relaxed access to a field that others may change meanwhile. */
#define PEEK(field)	   __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define POKE(field, value) __atomic_store_n(&(field), value, __ATOMIC_RELAXED)

static inline bool several_hubs(void)
{
	return rt_config.hubs != 1;
}

static inline bool clock_supported(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}

static inline bool nanoseconds_valid(const struct timespec *ts)
{
	return ts->tv_nsec >= 0 && ts->tv_nsec < (long)NS_PER_SEC;
}

/*
 * Barging and its limit.  An unlock lets the next comer in, be it the thread
 * that was just woken or another one: handing the lock over instead would
 * cost a switch for each critical section.  But on one hub a woken fiber runs
 * only when the others wait, so a loop of "lock, do I/O, unlock" would keep
 * all others out for ever.  So each lock counts its starving waiters, those
 * that were woken too late a few times; while there are any, an
 * unlock that wakes one gives it its turn.  All of them have to get the lock
 * before that ends: else the same ones could lose again and again.
 */
static inline unsigned losses_to_starve(void)
{
	/* On one hub a loss means that an owner waited inside its section;
	 * with more it may be nothing but two short sections overlapping. */
	return several_hubs() ? 2 : 1;
}

/* What a waiter knows of its own bad luck. */
struct patience {
	unsigned losses;
	bool starving;
};

/* It was woken, but another was faster.  count: the lock's. */
#define LOST(patience, count)                                                  \
	do {                                                                   \
		if (++(patience).losses == losses_to_starve()) {               \
			(patience).starving = true;                            \
			__atomic_fetch_add(&(count), 1, __ATOMIC_RELAXED);     \
		}                                                              \
	} while (0)

/* It has the lock now, or has given up. */
#define SATED(patience, count)                                                 \
	do {                                                                   \
		if (UNLIKELY((patience).starving))                             \
			__atomic_fetch_sub(&(count), 1, __ATOMIC_RELAXED);     \
	} while (0)

static inline void step_back(void)
{
	if (rt_fiber())
		green_yield();
}

/*
 * Wait a little for another hub's fiber to finish its critical section.
 * True: *word became 0.  Not worth it when somebody sleeps on the lock
 * already: then the sections are long.
 */
static inline bool spin_while(const uint32_t *word, uint32_t busy)
{
	int i;

	if (!several_hubs() || !rt_started)
		return false;
	for (i = 0; i < 40; i++) {
		uint32_t now = PEEK(*word);

		if (now == 0)
			return true;
		if (now != busy)
			return false;
		arch_relax();
	}
	return false;
}

/* ---- pthread_mutex.c, for the condition variables and C11 ---- */
int mutex_lock(pthread_mutex_t *m);
int mutex_trylock(pthread_mutex_t *m);
int mutex_clocklock(pthread_mutex_t *m, clockid_t clock,
		    const struct timespec *until);
int mutex_unlock(pthread_mutex_t *m);
bool mutex_is_shared(const pthread_mutex_t *m);
/* Not 0 when the caller must not wait with m: EPERM, it is another's. */
int mutex_check_owner(pthread_mutex_t *m);
/* The pair around a condition wait.  The waiter goes on counting as a user
 * of the mutex, as pthread_mutex_destroy() wants it. */
void mutex_unlock_to_wait(void *m);
int mutex_lock_after_wait(pthread_mutex_t *m);

/* For a function of libc's that waits with m: be a kernel thread meanwhile
 * that owns what the fiber owns. */
struct as_kernel_thread {
	pthread_mutex_t *m;
	int tid;
	bool on, robust;
};
void as_kernel_thread_begin(struct as_kernel_thread *a, pthread_mutex_t *m);
void as_kernel_thread_end(struct as_kernel_thread *a);

/* ---- pthread_mutex_robust.c: fibers only ---- */
int robust_lock(pthread_mutex_t *m, clockid_t clock,
		const struct timespec *until);
int robust_trylock(pthread_mutex_t *m);
int robust_unlock(pthread_mutex_t *m, bool to_wait);
bool robust_mutex_is_mine(pthread_mutex_t *m);
void robust_to_kernel(pthread_mutex_t *m);
void robust_from_kernel(pthread_mutex_t *m, int tid);

/* ---- pthread_cond.c, pthread_once.c, for C11 ---- */
int cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
		   const struct timespec *until);
int cond_signal(pthread_cond_t *c);
int cond_broadcast(pthread_cond_t *c);
int cond_destroy(pthread_cond_t *c);
int once(pthread_once_t *control, void (*init)(void));

#endif
