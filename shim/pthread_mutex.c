/*
 * Mutexes.
 *
 * __lock is 0 free, 1 locked, 2 locked and somebody may sleep.  Locking moves
 * 0 to 1; whoever finds it taken exchanges in 2 and sleeps for as long as the
 * exchange returns anything but 0.  Unlocking exchanges in 0 and wakes one
 * sleeper if it was 2.  The owner, its recursion count and the number of
 * users belong to the owner and are written under the lock.  __spins, which
 * libc has for adaptive mutexes, counts starving waiters (see objects.h).
 *
 * pthread_mutex_init and pthread_mutex_destroy stay libc's: they write and
 * read just these fields.
 *
 * Mutexes shared between processes and those with a priority ceiling keep
 * libc's implementation, whose protocol other processes and the kernel know;
 * robust ones have a file of their own.  Priority inheritance alone is no
 * reason for that: it has no effect but on realtime threads, and fibers are
 * none; such a mutex is taken as its plain kind.
 */
#include "objects.h"

/* Bits of __kind (nptl/pthreadP.h). */
enum {
	KIND_TYPE = 3, /* PTHREAD_MUTEX_*_NP */
	KIND_ROBUST = 16,
	KIND_INHERIT = 32,
	KIND_PROTECT = 64,
	KIND_ELISION = 256 | 512, /* advice only */
	/* With any other bit, or destroyed (-1): libc's. */
	KIND_OURS = KIND_TYPE | KIND_INHERIT | KIND_ELISION,
	KIND_SHARED = 128,
};

/* What libc writes for the owner of a robust mutex that was left locked. */
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

static inline int kind_of(const pthread_mutex_t *m)
{
	return PEEK(m->__data.__kind) & ~KIND_ELISION;
}

static inline bool is_ours(int kind)
{
	return !(kind & ~KIND_OURS);
}

/* Robust and nothing more, and for a fiber: see pthread_mutex_robust.c. */
static inline bool is_robust(int kind)
{
	return (kind & (KIND_ROBUST | KIND_INHERIT | KIND_PROTECT)) ==
		       KIND_ROBUST &&
	       green_self;
}

/* The kernel has to do with its owner's kernel thread. */
static inline bool is_wired(int kind)
{
	return ((kind & KIND_PROTECT) ||
		((kind & KIND_INHERIT) && !is_ours(kind))) &&
	       green_self;
}

static inline uint32_t *lock_word(pthread_mutex_t *m)
{
	return (uint32_t *)&m->__data.__lock;
}

static inline bool take_free(pthread_mutex_t *m)
{
	uint32_t free = 0;

	return __atomic_compare_exchange_n(lock_word(m), &free, 1, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* until: NULL for ever.  0, ETIMEDOUT, EINVAL. */
static __attribute__((noinline)) int take_slowly(pthread_mutex_t *m,
						 clockid_t clock,
						 const struct timespec *until)
{
	uint32_t *word = lock_word(m);
	struct patience patience = { 0 };
	uint64_t deadline;
	int r = -EAGAIN;

	if (spin_while(word, 1) && take_free(m))
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

static inline int take(pthread_mutex_t *m, clockid_t clock,
		       const struct timespec *until)
{
	return LIKELY(take_free(m)) ? 0 : take_slowly(m, clock, until);
}

static inline int own(pthread_mutex_t *m)
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

/* starving: read before, as the mutex may be gone afterwards. */
static inline void release(pthread_mutex_t *m, bool starving)
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
 * To inherit priority, the kernel wants the owner's kernel thread, and a
 * ceiling changes the priority of that.  So the fiber is wired from before it
 * takes such a mutex until it has let go, and the mutex is that thread's.
 */
static int wired_lock(pthread_mutex_t *m, clockid_t clock,
		      const struct timespec *until)
{
	int r = wire_enter();

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
		wire_leave();
	return r;
}

static int wired_trylock(pthread_mutex_t *m)
{
	int r = wire_enter();

	if (r < 0)
		return -r;
	kernel_self_begin();
	r = LIBC(pthread_mutex_trylock, "GLIBC_2.2.5")(m);
	kernel_self_end();
	if (r && r != EOWNERDEAD)
		wire_leave();
	return r;
}

static bool wired_is_mine(const pthread_mutex_t *m)
{
	int owner = m->__data.__owner;

	return wire_is_entered() && (owner == OWNER_INCONSISTENT ||
				     owner == raw_syscall(SYS_gettid));
}

static int wired_unlock(pthread_mutex_t *m)
{
	int r;

	/* It can own none. */
	if (!wire_is_entered())
		return LIBC(pthread_mutex_unlock, "GLIBC_2.2.5")(m);
	kernel_self_begin();
	r = LIBC(pthread_mutex_unlock, "GLIBC_2.2.5")(m);
	kernel_self_end();
	/* ENOTRECOVERABLE: of several locks, one is gone. */
	if (r == 0 || r == ENOTRECOVERABLE)
		wire_leave();
	return r;
}

/* The one place where a mutex that needs libc or the kernel is waited for. */
static int foreign_lock(pthread_mutex_t *m, clockid_t clock,
			const struct timespec *until)
{
	int r;

	if (is_robust(kind_of(m)))
		return robust_lock(m, clock, until);
	if (is_wired(kind_of(m)))
		return wired_lock(m, clock, until);
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
	if (is_wired(kind))
		return wired_trylock(m);
	return LIBC(pthread_mutex_trylock, "GLIBC_2.2.5")(m);
}

static int foreign_unlock(pthread_mutex_t *m, int kind, bool to_wait)
{
	if (is_robust(kind))
		return robust_unlock(m, to_wait);
	if (is_wired(kind))
		return wired_unlock(m);
	return LIBC(pthread_mutex_unlock, "GLIBC_2.2.5")(m);
}

/* 0 or EAGAIN: the caller owned it already.  EBUSY: it did not. */
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
	int kind = kind_of(m), r;

	if (!is_ours(kind))
		return foreign_lock(m, clock, until);
	switch (kind & KIND_TYPE) {
	case PTHREAD_MUTEX_RECURSIVE_NP:
		r = lock_again(m);
		if (r != EBUSY)
			return r;
		r = take(m, clock, until);
		if (r == 0)
			m->__data.__count = 1;
		break;
	case PTHREAD_MUTEX_ERRORCHECK_NP:
		if (m->__data.__owner == rt_tid())
			return EDEADLK;
		/* fall through */
	default:
		r = take(m, clock, until);
		break;
	}
	return r ? r : own(m);
}

int mutex_lock(pthread_mutex_t *m)
{
	newborns_first();
	if (LIKELY(kind_of(m) == PTHREAD_MUTEX_TIMED_NP)) {
		if (UNLIKELY(!take_free(m)))
			take_slowly(m, CLOCK_MONOTONIC, NULL);
		return own(m);
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
	int kind = kind_of(m);
	bool recursive = (kind & KIND_TYPE) == PTHREAD_MUTEX_RECURSIVE_NP;

	newborns_first();
	if (!is_ours(kind))
		return foreign_trylock(m, kind);
	if (recursive) {
		int r = lock_again(m);

		if (r != EBUSY)
			return r;
	}
	/* Look first: the exchange would take the line from its owner. */
	if (PEEK(*lock_word(m)) || !take_free(m))
		return EBUSY;
	if (recursive)
		m->__data.__count = 1;
	return own(m);
}

/* to_wait: in the middle of a condition wait, where nothing may yield, and
 * the caller goes on counting as a user. */
static __attribute__((noinline)) int unlock_any(pthread_mutex_t *m,
						bool to_wait)
{
	int kind = kind_of(m);

	if (!is_ours(kind))
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
	release(m, !to_wait && has_starving(m));
	return 0;
}

int mutex_unlock(pthread_mutex_t *m)
{
	if (LIKELY(kind_of(m) == PTHREAD_MUTEX_TIMED_NP)) {
		m->__data.__nusers--;
		release(m, has_starving(m));
		return 0;
	}
	return unlock_any(m, false);
}

/* ---- around a condition wait ---- */

bool mutex_is_shared(const pthread_mutex_t *m)
{
	return kind_of(m) & KIND_SHARED;
}

int mutex_check_owner(pthread_mutex_t *m)
{
	int kind = kind_of(m), type = kind & KIND_TYPE;
	bool checked = type == PTHREAD_MUTEX_RECURSIVE_NP ||
		       type == PTHREAD_MUTEX_ERRORCHECK_NP;

	if (kind < 0)
		return EINVAL; /* destroyed */
	if (is_robust(kind))
		return robust_mutex_is_mine(m) ? 0 : EPERM;
	if (is_wired(kind))
		return wired_is_mine(m) ? 0 : EPERM;
	/* These libc's unlock checks whatever their type. */
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

	/* It counted as a user all the while; libc's own kinds did not. */
	if (r == 0 && is_ours(kind_of(m)) && m->__data.__count <= 1)
		m->__data.__nusers--;
	if ((r == 0 || r == EOWNERDEAD) && is_robust(kind_of(m)))
		m->__data.__nusers--;
	return r;
}

void as_kernel_thread_begin(struct as_kernel_thread *a, pthread_mutex_t *m)
{
	int kind = kind_of(m);

	a->m = m;
	a->robust = is_robust(kind);
	a->on = (a->robust || is_wired(kind)) && rt_fiber() &&
		wire_enter() == 0;
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
	wire_leave();
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

/* libc writes the owner's number, that of the kernel thread here. */
INTERPOSE(int, pthread_mutex_consistent, (pthread_mutex_t * m))
{
	bool wired = is_wired(kind_of(m)) && wire_is_entered();
	int r;

	if (wired)
		kernel_self_begin();
	r = LIBC(pthread_mutex_consistent, "GLIBC_2.34")(m);
	if (wired)
		kernel_self_end();
	return r;
}

/* libc takes and releases the mutex for it. */
INTERPOSE(int, pthread_mutex_setprioceiling,
	  (pthread_mutex_t * m, int ceiling, int *old))
{
	int r = rt_fiber() ? wire_enter() : 0;

	if (r < 0)
		return -r;
	if (wire_is_entered())
		kernel_self_begin();
	r = LIBC(pthread_mutex_setprioceiling, "GLIBC_2.34")(m, ceiling, old);
	if (wire_is_entered()) {
		kernel_self_end();
		wire_leave();
	}
	return r;
}
