/*
 * objects.h - shared by the files of the lock family.
 *
 * Every lock is a 32-bit word that is changed by atomic instructions.  A thread
 * that cannot have the lock sleeps on the word in the runtime's futex table.
 * The word keeps the place and the meaning that it has in glibc, so that static
 * initialisers, libc's init, destroy and attribute functions (which are not
 * interposed) and debuggers agree with the shim.
 *
 * A rule for all unlock functions: after the store that releases the lock, the
 * object may no longer exist, because its next owner may destroy it.  From then
 * on use only its address, as a futex key.
 */
#ifndef GREEN_OBJECTS_H
#define GREEN_OBJECTS_H

#include <limits.h>
#include <pthread.h>

#include "interpose.h"

#define ANY_WAITER (~0u)

/* Relaxed access to a field that other threads may change. */
#define PEEK(field)	   __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define POKE(field, value) __atomic_store_n(&(field), value, __ATOMIC_RELAXED)

static inline bool several_hubs(void)
{
	return rt_config.hubs != 1;
}

/* The clocks that glibc accepts for pthread_*_clock*() and sem_clockwait(). */
static inline bool clock_supported(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}

static inline bool nanoseconds_valid(const struct timespec *ts)
{
	return ts->tv_nsec >= 0 && ts->tv_nsec < (long)NS_PER_SEC;
}

/*
 * Barging and its limit.  After an unlock the first thread that tries gets the
 * lock, be it the thread that the unlock woke or another.  Handing the lock
 * over would cost a switch for each critical section.  But on one hub a woken
 * fiber runs only when the running one waits, so that a loop of "lock, do I/O,
 * unlock" would starve all other threads.  So each lock counts its starving
 * waiters: those that lost the lock to another thread a few times after they
 * were woken.  While the count is not 0, an unlock that wakes a waiter yields.
 * The count falls only when a starving waiter has the lock or gives up, as the
 * same waiters could lose again and again otherwise.
 */
static inline unsigned losses_to_starve(void)
{
	/* On one hub a loss means that an owner waited inside its critical
	 * section.  With more hubs two short sections may just have
	 * overlapped. */
	return several_hubs() ? 2 : 1;
}

/* One waiter's losses; lives on its stack. */
struct patience {
	unsigned losses; /* wake-ups after which another thread had the lock */
	bool starving;
};

/* The waiter was woken, but another thread took the lock first.  count: the
 * lock's number of starving waiters. */
#define LOST(patience, count)                                                  \
	do {                                                                   \
		if (++(patience).losses == losses_to_starve()) {               \
			(patience).starving = true;                            \
			__atomic_fetch_add(&(count), 1, __ATOMIC_RELAXED);     \
		}                                                              \
	} while (0)

/* The waiter has the lock now, or gives up. */
#define SATED(patience, count)                                                 \
	do {                                                                   \
		if (UNLIKELY((patience).starving))                             \
			__atomic_fetch_sub(&(count), 1, __ATOMIC_RELAXED);     \
	} while (0)

/* Let a starving waiter run, after an unlock that woke it. */
static inline void step_back(void)
{
	if (rt_fiber())
		green_yield();
}

/*
 * Spin while a fiber of another hub is in a short critical section.  word: the
 * lock; busy: its value while locked without sleepers.  Returns true if *word
 * became 0.  Stops at any other value: threads that already sleep on the lock
 * show that the sections are long.
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
/* As pthread_mutex_lock(3p) and so on: 0 or an error number.  until is an
 * absolute time on clock; NULL: for ever. */
int mutex_lock(pthread_mutex_t *m);
int mutex_trylock(pthread_mutex_t *m);
int mutex_clocklock(pthread_mutex_t *m, clockid_t clock,
		    const struct timespec *until);
int mutex_unlock(pthread_mutex_t *m);
bool mutex_is_shared(const pthread_mutex_t *m); /* PTHREAD_PROCESS_SHARED */
/* May the caller wait for a condition variable with m?  0; EPERM: another
 * thread owns m; EINVAL: m was destroyed. */
int mutex_check_owner(pthread_mutex_t *m);
/* The pair around a condition wait.  The waiter still counts as a user of the
 * mutex, so that libc's pthread_mutex_destroy() returns EBUSY.  m is a
 * pthread_mutex_t; lock_after_wait returns 0 or an error number. */
void mutex_unlock_to_wait(void *m);
int mutex_lock_after_wait(pthread_mutex_t *m);

/* Around a call of a libc function that waits with m: the kernel thread is the
 * owner of m then, in place of the fiber.  If m does not need that, or the
 * kernel thread cannot be made, the fiber just hops. */
struct as_kernel_thread {
	pthread_mutex_t *m;
	int tid;	 /* the fiber's */
	bool on, robust; /* is the kernel thread the owner? is m robust? */
};
void as_kernel_thread_begin(struct as_kernel_thread *a, pthread_mutex_t *m);
void as_kernel_thread_end(struct as_kernel_thread *a);

/* ---- pthread_mutex_robust.c, for fibers only: 0 or an error number ---- */
int robust_lock(pthread_mutex_t *m, clockid_t clock,
		const struct timespec *until);
int robust_trylock(pthread_mutex_t *m);
int robust_unlock(pthread_mutex_t *m, bool to_wait);
bool robust_mutex_is_mine(pthread_mutex_t *m);
/* Make the kernel thread the owner of m, and the fiber tid again. */
void robust_to_kernel(pthread_mutex_t *m);
void robust_from_kernel(pthread_mutex_t *m, int tid);

/* ---- that libc's objects are as the shim takes them to be ---- */
/* Measure the flags of a condition variable.  False: this libc's do not fit. */
bool cond_measure(void);
/* True if libc's init writes such an object as the shim reads it. */
bool mutex_fits(void);
bool rwlock_fits(void);
bool sem_fits(void);
bool barrier_fits(void);

/* ---- pthread_cond.c, pthread_once.c, for C11: 0 or an error number ---- */
int cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
		   const struct timespec *until);
int cond_signal(pthread_cond_t *c);
int cond_broadcast(pthread_cond_t *c);
int cond_destroy(pthread_cond_t *c);
int once(pthread_once_t *control, void (*init)(void));

#endif
