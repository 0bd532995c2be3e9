/*
 * pthread_mutex.c - mutexes.
 *
 * __lock is 0: free, 1: locked, 2: locked, and a thread may sleep on it.  To
 * lock is to change 0 to 1.  A thread that finds the mutex locked exchanges 2
 * for the old value, and sleeps until the exchange returns 0.  To unlock is to
 * exchange 0 for the old value, and to wake one sleeper if that was 2.
 * __owner, __count and __nusers are written by the owner, under the lock.
 * __spins, which libc uses for adaptive mutexes, counts starving waiters
 * (objects.h).
 *
 * pthread_mutex_init() and pthread_mutex_destroy() are libc's: they write and
 * read only these fields.
 *
 * Mutexes that processes share and mutexes with a priority ceiling keep libc's
 * implementation, because other processes and the kernel know its protocol.
 * Robust mutexes are in pthread_mutex_robust.c.  A private mutex with priority
 * inheritance is locked as a plain one: the inheritance affects only threads
 * with a realtime priority, which fibers of a hub do not have.
 */
#include <string.h>

#include "objects.h"

/* Bits of __kind (nptl/pthreadP.h). */
enum {
	KIND_TYPE = 3, /* PTHREAD_MUTEX_*_NP */
	KIND_ROBUST = 16,
	KIND_INHERIT = 32,
	KIND_PROTECT = 64,
	KIND_ELISION = 256 | 512, /* advice only */
	/* A mutex with any other bit, or destroyed (-1), is left to libc. */
	KIND_OURS = KIND_TYPE | KIND_INHERIT | KIND_ELISION,
	KIND_SHARED = 128,
};

/* What libc stores as the owner of a robust mutex whose owner died. */
#define OWNER_INCONSISTENT INT_MAX

_Static_assert(sizeof(pthread_mutex_t) == __SIZEOF_PTHREAD_MUTEX_T,
	       "a mutex has libc's size");
_Static_assert(offsetof(struct __pthread_mutex_s, __lock) == 0 &&
		       sizeof(int) == sizeof(uint32_t),
	       "the lock word is the futex");
_Static_assert(PTHREAD_MUTEX_TIMED_NP == 0 && PTHREAD_MUTEX_RECURSIVE_NP == 1 &&
		       PTHREAD_MUTEX_ERRORCHECK_NP == 2 &&
		       PTHREAD_MUTEX_ADAPTIVE_NP == 3,
	       "KIND_TYPE holds the four types");

/* A static initializer of a program fixes the place of the type; what the other
 * bits mean does not follow from that. */
bool mutex_fits(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t m[2];
	bool fits;

	memset(m, 0, sizeof(m));
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE_NP);
	fits = LIBC(pthread_mutex_init, "GLIBC_2.2.5")(&m[0], &attr) == 0;
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	fits &= LIBC(pthread_mutex_init, "GLIBC_2.2.5")(&m[1], &attr) == 0;
	pthread_mutexattr_destroy(&attr);
	return fits && m[0].__data.__kind == PTHREAD_MUTEX_RECURSIVE_NP &&
	       m[1].__data.__kind ==
		       (PTHREAD_MUTEX_RECURSIVE_NP | KIND_ROBUST | KIND_SHARED);
}

static inline int mutex_kind(const pthread_mutex_t *m)
{
	return PEEK(m->__data.__kind) & ~KIND_ELISION;
}

static inline bool mutex_is_ours(int kind)
{
	return !(kind & ~KIND_OURS);
}

/* Robust without a priority protocol, and the caller is a fiber: see
 * pthread_mutex_robust.c. */
static inline bool is_robust(int kind)
{
	return (kind & (KIND_ROBUST | KIND_INHERIT | KIND_PROTECT)) ==
		       KIND_ROBUST &&
	       green_self;
}

/* The kernel acts on the kernel thread of the owner, and the caller is a fiber:
 * see pinned_lock(). */
static inline bool needs_pin(int kind)
{
	return ((kind & KIND_PROTECT) ||
		((kind & KIND_INHERIT) && !mutex_is_ours(kind))) &&
	       green_self;
}

static inline uint32_t *lock_word(pthread_mutex_t *m)
{
	return (uint32_t *)&m->__data.__lock;
}

static inline bool mutex_take_free(pthread_mutex_t *m)
{
	uint32_t free = 0;

	return __atomic_compare_exchange_n(lock_word(m), &free, 1, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* until: NULL means for ever.  Returns 0, ETIMEDOUT or EINVAL. */
static __attribute__((noinline)) int mutex_take_slowly(
	pthread_mutex_t *m, clockid_t clock, const struct timespec *until)
{
	uint32_t *word = lock_word(m);
	struct patience patience = { 0 };
	uint64_t deadline;
	int r = -EAGAIN;

	if (spin_while(word, 1) && mutex_take_free(m))
		return 0;
	if (until && !nanoseconds_valid(until))
		return EINVAL;
	deadline = deadline_at(clock, until);
	while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE)) {
		if (r == 0)
			LOST(patience, m->__data.__spins);
		r = green_futex_wait(word, 2, deadline, ANY_WAITER);
		if (r == -ETIMEDOUT)
			break;
	}
	SATED(patience, m->__data.__spins);
	return r == -ETIMEDOUT ? ETIMEDOUT : 0;
}

static inline int mutex_take(pthread_mutex_t *m, clockid_t clock,
			     const struct timespec *until)
{
	return LIKELY(mutex_take_free(m)) ? 0
					  : mutex_take_slowly(m, clock, until);
}

static inline int mutex_own(pthread_mutex_t *m)
{
	m->__data.__owner = rt_tid();
	m->__data.__nusers++;
	return 0;
}

static __attribute__((noinline)) void wake_next(uint32_t *word, bool starving)
{
	green_futex_wake(word, 1, ANY_WAITER);
	if (UNLIKELY(starving))
		step_back();
}

/* The caller reads starving before, as the mutex may not exist afterwards. */
static inline void mutex_release(pthread_mutex_t *m, bool starving)
{
	m->__data.__owner = 0;
	if (UNLIKELY(__atomic_exchange_n(lock_word(m), 0, __ATOMIC_RELEASE) ==
		     2))
		wake_next(lock_word(m), starving);
}

static inline bool has_starving(pthread_mutex_t *m)
{
	return PEEK(m->__data.__spins);
}

/*
 * For priority inheritance the kernel needs the tid of the owner's kernel
 * thread, and a priority ceiling changes the priority of that thread.  So the
 * fiber is pinned from before it locks such a mutex until it has unlocked it,
 * and the kernel thread is the owner.
 */
static int pinned_lock(pthread_mutex_t *m, clockid_t clock,
		       const struct timespec *until)
{
	int r = pin_enter();

	if (r < 0)
		return -r;
	kernel_self_begin();
	if (!until)
		r = LIBC(pthread_mutex_lock, "GLIBC_2.2.5")(m);
	else if (clock == CLOCK_REALTIME)
		r = LIBC(pthread_mutex_timedlock, "GLIBC_2.2.5")(m, until);
	else
		r = LIBC(pthread_mutex_clocklock, "GLIBC_2.30")(m, clock,
								until);
	kernel_self_end();
	if (r && r != EOWNERDEAD)
		pin_leave();
	return r;
}

static int pinned_trylock(pthread_mutex_t *m)
{
	int r = pin_enter();

	if (r < 0)
		return -r;
	kernel_self_begin();
	r = LIBC(pthread_mutex_trylock, "GLIBC_2.2.5")(m);
	kernel_self_end();
	if (r && r != EOWNERDEAD)
		pin_leave();
	return r;
}

static bool pinned_is_mine(const pthread_mutex_t *m)
{
	int owner = m->__data.__owner;

	return pin_is_entered() && (owner == OWNER_INCONSISTENT ||
				    owner == raw_syscall(SYS_gettid));
}

static int pinned_unlock(pthread_mutex_t *m)
{
	int r;

	/* A fiber that is not pinned owns no such mutex: libc returns EPERM. */
	if (!pin_is_entered())
		return LIBC(pthread_mutex_unlock, "GLIBC_2.2.5")(m);
	kernel_self_begin();
	r = LIBC(pthread_mutex_unlock, "GLIBC_2.2.5")(m);
	kernel_self_end();
	/* ENOTRECOVERABLE: the recursion count has fallen by one. */
	if (r == 0 || r == ENOTRECOVERABLE)
		pin_leave();
	return r;
}

/* All waits for a mutex that needs libc or the kernel take place here. */
static int foreign_lock(pthread_mutex_t *m, clockid_t clock,
			const struct timespec *until)
{
	int r;

	if (is_robust(mutex_kind(m)))
		return robust_lock(m, clock, until);
	if (needs_pin(mutex_kind(m)))
		return pinned_lock(m, clock, until);
	r = LIBC(pthread_mutex_trylock, "GLIBC_2.2.5")(m);
	if (r != EBUSY)
		return r;
	if (!until)
		return IN_HOP(LIBC(pthread_mutex_lock, "GLIBC_2.2.5")(m));
	if (clock == CLOCK_REALTIME)
		return IN_HOP(
			LIBC(pthread_mutex_timedlock, "GLIBC_2.2.5")(m, until));
	return IN_HOP(
		LIBC(pthread_mutex_clocklock, "GLIBC_2.30")(m, clock, until));
}

static int foreign_trylock(pthread_mutex_t *m, int kind)
{
	if (is_robust(kind))
		return robust_trylock(m);
	if (needs_pin(kind))
		return pinned_trylock(m);
	return LIBC(pthread_mutex_trylock, "GLIBC_2.2.5")(m);
}

static int foreign_unlock(pthread_mutex_t *m, int kind, bool to_wait)
{
	if (is_robust(kind))
		return robust_unlock(m, to_wait);
	if (needs_pin(kind))
		return pinned_unlock(m);
	return LIBC(pthread_mutex_unlock, "GLIBC_2.2.5")(m);
}

/* Lock a recursive mutex again.  Returns 0, EAGAIN (POSIX: too many locks), or
 * EBUSY if the caller is not the owner. */
static int lock_again(pthread_mutex_t *m)
{
	if (m->__data.__owner != rt_tid())
		return EBUSY;
	if (m->__data.__count + 1 == 0)
		return EAGAIN;
	m->__data.__count++;
	return 0;
}

static __attribute__((noinline)) int lock_any(pthread_mutex_t *m,
					      clockid_t clock,
					      const struct timespec *until)
{
	int kind = mutex_kind(m), r;

	if (!mutex_is_ours(kind))
		return foreign_lock(m, clock, until);
	switch (kind & KIND_TYPE) {
	case PTHREAD_MUTEX_RECURSIVE_NP:
		r = lock_again(m);
		if (r != EBUSY)
			return r;
		r = mutex_take(m, clock, until);
		if (r == 0)
			m->__data.__count = 1;
		break;
	case PTHREAD_MUTEX_ERRORCHECK_NP:
		if (m->__data.__owner == rt_tid())
			return EDEADLK;
		/* fall through */
	default:
		r = mutex_take(m, clock, until);
		break;
	}
	return r ? r : mutex_own(m);
}

int mutex_lock(pthread_mutex_t *m)
{
	yield_to_spawned();
	if (LIKELY(mutex_kind(m) == PTHREAD_MUTEX_TIMED_NP)) {
		if (UNLIKELY(!mutex_take_free(m)))
			mutex_take_slowly(m, CLOCK_MONOTONIC, NULL);
		return mutex_own(m);
	}
	return lock_any(m, CLOCK_MONOTONIC, NULL);
}

int mutex_clocklock(pthread_mutex_t *m, clockid_t clock,
		    const struct timespec *until)
{
	return lock_any(m, clock, until);
}

int mutex_trylock(pthread_mutex_t *m)
{
	int kind = mutex_kind(m);
	bool recursive = (kind & KIND_TYPE) == PTHREAD_MUTEX_RECURSIVE_NP;

	yield_to_spawned();
	if (!mutex_is_ours(kind))
		return foreign_trylock(m, kind);
	if (recursive) {
		int r = lock_again(m);

		if (r != EBUSY)
			return r;
	}
	/* Look first: a compare-and-swap would take the cache line from the CPU
	 * of the owner. */
	if (PEEK(*lock_word(m)) || !mutex_take_free(m))
		return EBUSY;
	if (recursive)
		m->__data.__count = 1;
	return mutex_own(m);
}

/* to_wait: in the middle of a condition wait.  Nothing may yield there, and the
 * caller remains a user. */
static __attribute__((noinline)) int unlock_any(pthread_mutex_t *m,
						bool to_wait)
{
	int kind = mutex_kind(m);

	if (!mutex_is_ours(kind))
		return foreign_unlock(m, kind, to_wait);
	if ((kind & KIND_INHERIT) && m->__data.__owner != rt_tid())
		return EPERM;
	switch (kind & KIND_TYPE) {
	case PTHREAD_MUTEX_RECURSIVE_NP:
		if (m->__data.__owner != rt_tid())
			return EPERM;
		if (--m->__data.__count)
			return 0;
		break;
	case PTHREAD_MUTEX_ERRORCHECK_NP:
		if (m->__data.__owner != rt_tid() || !PEEK(*lock_word(m)))
			return EPERM;
		break;
	}
	m->__data.__nusers -= !to_wait;
	mutex_release(m, !to_wait && has_starving(m));
	return 0;
}

int mutex_unlock(pthread_mutex_t *m)
{
	if (LIKELY(mutex_kind(m) == PTHREAD_MUTEX_TIMED_NP)) {
		m->__data.__nusers--;
		mutex_release(m, has_starving(m));
		return 0;
	}
	return unlock_any(m, false);
}

/* ---- around a condition wait ---- */

bool mutex_is_shared(const pthread_mutex_t *m)
{
	return mutex_kind(m) & KIND_SHARED;
}

int mutex_check_owner(pthread_mutex_t *m)
{
	int kind = mutex_kind(m), type = kind & KIND_TYPE;
	bool checked = type == PTHREAD_MUTEX_RECURSIVE_NP ||
		       type == PTHREAD_MUTEX_ERRORCHECK_NP;

	if (kind < 0)
		return EINVAL; /* destroyed */
	if (is_robust(kind))
		return robust_mutex_is_mine(m) ? 0 : EPERM;
	if (needs_pin(kind))
		return pinned_is_mine(m) ? 0 : EPERM;
	/* For these mutexes libc's unlock checks the owner whatever the
	 * type. */
	if (kind & (KIND_ROBUST | KIND_INHERIT))
		checked = true;
	if (checked && m->__data.__owner != rt_tid() &&
	    m->__data.__owner != OWNER_INCONSISTENT)
		return EPERM;
	return 0;
}

void mutex_unlock_to_wait(void *m)
{
	unlock_any(m, true);
}

int mutex_lock_after_wait(pthread_mutex_t *m)
{
	int r = lock_any(m, CLOCK_MONOTONIC, NULL);

	/* The caller remained a user during the wait, so that lock_any() has
	 * counted it twice.  With the mutexes left to libc it did not. */
	if (r == 0 && mutex_is_ours(mutex_kind(m)) && m->__data.__count <= 1)
		m->__data.__nusers--;
	if ((r == 0 || r == EOWNERDEAD) && is_robust(mutex_kind(m)))
		m->__data.__nusers--;
	return r;
}

void as_kernel_thread_begin(struct as_kernel_thread *a, pthread_mutex_t *m)
{
	int kind = mutex_kind(m);

	a->m = m;
	a->robust = is_robust(kind);
	a->on = (a->robust || needs_pin(kind)) && rt_fiber() &&
		pin_enter() == 0;
	if (!a->on) {
		hop_enter();
		return;
	}
	a->tid = rt_tid();
	kernel_self_begin();
	if (a->robust)
		robust_to_kernel(m);
}

void as_kernel_thread_end(struct as_kernel_thread *a)
{
	if (!a->on) {
		hop_leave();
		return;
	}
	if (a->robust)
		robust_from_kernel(a->m, a->tid);
	kernel_self_end();
	pin_leave();
}

/* ---- the symbols ---- */

INTERPOSE(int, pthread_mutex_lock, (pthread_mutex_t * m))
{
	return mutex_lock(m);
}
INTERPOSE_ALIAS(__pthread_mutex_lock, pthread_mutex_lock)

INTERPOSE(int, pthread_mutex_trylock, (pthread_mutex_t * m))
{
	return mutex_trylock(m);
}
INTERPOSE_ALIAS(__pthread_mutex_trylock, pthread_mutex_trylock)

INTERPOSE(int, pthread_mutex_timedlock,
	  (pthread_mutex_t * m, const struct timespec *until))
{
	return mutex_clocklock(m, CLOCK_REALTIME, until);
}

INTERPOSE(int, pthread_mutex_clocklock,
	  (pthread_mutex_t * m, clockid_t clock, const struct timespec *until))
{
	if (!clock_supported(clock))
		return EINVAL;
	return mutex_clocklock(m, clock, until);
}

INTERPOSE(int, pthread_mutex_unlock, (pthread_mutex_t * m))
{
	return mutex_unlock(m);
}
INTERPOSE_ALIAS(__pthread_mutex_unlock, pthread_mutex_unlock)

/* libc stores the caller's tid as the owner, and for a pinned fiber that has to
 * be the tid of the kernel thread. */
INTERPOSE(int, pthread_mutex_consistent, (pthread_mutex_t * m))
{
	bool pinned = needs_pin(mutex_kind(m)) && pin_is_entered();
	int r;

	if (pinned)
		kernel_self_begin();
	r = LIBC(pthread_mutex_consistent, "GLIBC_2.34")(m);
	if (pinned)
		kernel_self_end();
	return r;
}

/* libc locks and unlocks the mutex in order to change the ceiling, so the fiber
 * is pinned meanwhile. */
INTERPOSE(int, pthread_mutex_setprioceiling,
	  (pthread_mutex_t * m, int ceiling, int *old))
{
	int r = rt_fiber() ? pin_enter() : 0;

	if (r < 0)
		return -r;
	if (pin_is_entered())
		kernel_self_begin();
	r = LIBC(pthread_mutex_setprioceiling, "GLIBC_2.34")(m, ceiling, old);
	if (pin_is_entered()) {
		kernel_self_end();
		pin_leave();
	}
	return r;
}
