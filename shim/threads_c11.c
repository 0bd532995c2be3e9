/*
 * threads_c11.c - mutexes, condition variables and call_once of C11.
 *
 * In glibc they are the POSIX objects, with other results.  mtx_init(),
 * mtx_destroy() and cnd_init() are libc's: they write the same objects.
 */
#include <threads.h>

#include "objects.h"

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t),
	       "a mtx_t is a pthread_mutex_t");
_Static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t),
	       "a cnd_t is a pthread_cond_t");
_Static_assert(sizeof(once_flag) == sizeof(pthread_once_t),
	       "a once_flag is a pthread_once_t");

static inline int result_of(int error)
{
	switch (error) {
	case 0:
		return thrd_success;
	case ENOMEM:
		return thrd_nomem;
	case ETIMEDOUT:
		return thrd_timedout;
	case EBUSY:
		return thrd_busy;
	default:
		return thrd_error;
	}
}

INTERPOSE(int, mtx_lock, (mtx_t * m))
{
	return result_of(mutex_lock((pthread_mutex_t *)m));
}

INTERPOSE(int, mtx_timedlock, (mtx_t * m, const struct timespec *until))
{
	return result_of(
		mutex_clocklock((pthread_mutex_t *)m, CLOCK_REALTIME, until));
}

INTERPOSE(int, mtx_trylock, (mtx_t * m))
{
	return result_of(mutex_trylock((pthread_mutex_t *)m));
}

INTERPOSE(int, mtx_unlock, (mtx_t * m))
{
	return result_of(mutex_unlock((pthread_mutex_t *)m));
}

INTERPOSE(int, cnd_wait, (cnd_t * c, mtx_t *m))
{
	return result_of(cond_wait((pthread_cond_t *)c, (pthread_mutex_t *)m));
}

INTERPOSE(int, cnd_timedwait,
	  (cnd_t * c, mtx_t *m, const struct timespec *until))
{
	return result_of(cond_timedwait((pthread_cond_t *)c,
					(pthread_mutex_t *)m, until));
}

INTERPOSE(int, cnd_signal, (cnd_t * c))
{
	return result_of(cond_signal((pthread_cond_t *)c));
}

INTERPOSE(int, cnd_broadcast, (cnd_t * c))
{
	return result_of(cond_broadcast((pthread_cond_t *)c));
}

INTERPOSE(void, cnd_destroy, (cnd_t * c))
{
	cond_destroy((pthread_cond_t *)c);
}

INTERPOSE(void, call_once, (once_flag * flag, void (*init)(void)))
{
	once((pthread_once_t *)flag, init);
}
