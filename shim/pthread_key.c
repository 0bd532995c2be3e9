/*
 * pthread_key.c - keys of thread-specific data.
 *
 * The values live in the TCB, so libc's pthread_getspecific() and
 * pthread_setspecific() work for fibers.  But libc runs destructors only in
 * threads that it made, so the shim records the destructors and runs them when
 * a fiber exits, with the rest of what libc does when a thread exits.
 */
#include <dlfcn.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <resolv.h>
#include <threads.h>

#include "interpose.h"
#include "door/startup.h"

static void (*_Atomic destructors[PTHREAD_KEYS_MAX])(void *);
static _Atomic unsigned highest; /* one past the last key with a destructor */

static void record(pthread_key_t key, void (*destructor)(void *))
{
	unsigned h = highest;

	if (key >= PTHREAD_KEYS_MAX)
		return;
	destructors[key] = destructor;
	while (destructor && key + 1 > h &&
	       !atomic_compare_exchange_weak(&highest, &h, key + 1))
		;
}

/* Runs on the fiber that exits.  POSIX pthread_key_create(): repeat while there
 * are values, at most PTHREAD_DESTRUCTOR_ITERATIONS times. */
static void run_destructors(void)
{
	bool again = true;
	int round;

	for (round = 0; again && round < PTHREAD_DESTRUCTOR_ITERATIONS;
	     round++) {
		unsigned key;

		again = false;
		for (key = 0; key < highest; key++) {
			void (*destructor)(void *) = destructors[key];
			void *value;

			if (!destructor)
				continue;
			value = pthread_getspecific(key);
			if (!value)
				continue;
			pthread_setspecific(key, NULL);
			destructor(value);
			again = true;
		}
	}
}

/*
 * fiber_end_hook: free what libc frees when a thread of its own exits.  The TLS
 * of libc is reused for another fiber, so it has to be as in a new thread: no
 * error of dlopen(), and the resolver as resolv.conf(5) configures it.
 */
static void thread_end(void)
{
	if (highest)
		run_destructors();
	if (UNLIKELY(_res.options)) {
		res_nclose(&_res);
		_res.options = 0;
	}
	h_errno = 0;
	while (UNLIKELY(dlerror() != NULL))
		;
}

void thread_end_start(void)
{
	fiber_end_hook = thread_end;
}

INTERPOSE(int, pthread_key_create,
	  (pthread_key_t * key, void (*destructor)(void *)))
{
	int r = LIBC(pthread_key_create, "GLIBC_2.34")(key, destructor);

	if (r == 0)
		record(*key, destructor);
	return r;
}
INTERPOSE_ALIAS(__pthread_key_create, pthread_key_create)

INTERPOSE(int, pthread_key_delete, (pthread_key_t key))
{
	if (key < PTHREAD_KEYS_MAX)
		destructors[key] = NULL;
	return LIBC(pthread_key_delete, "GLIBC_2.34")(key);
}

INTERPOSE(int, tss_create, (tss_t * key, tss_dtor_t destructor))
{
	return pthread_key_create((pthread_key_t *)key, destructor)
		       ? thrd_error
		       : thrd_success;
}

INTERPOSE(void, tss_delete, (tss_t key))
{
	pthread_key_delete((pthread_key_t)key);
}
