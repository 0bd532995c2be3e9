/*
 * pthread_mutexattr_setrobust(3): when the owner ends without unlocking, the
 * next thread gets EOWNERDEAD and either makes the mutex consistent or leaves
 * it unrecoverable.
 */
#include "lib.h"

static pthread_mutex_t mutex;

static void *dies_owning(void *argument)
{
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	sleep_ms((int)(intptr_t)argument);
	return NULL;
}

static void checks(void)
{
	pthread_mutexattr_t attr;
	pthread_t thread;

	CHECK_INT(pthread_mutexattr_init(&attr), 0);
	CHECK_INT(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST), 0);
	CHECK_INT(pthread_mutex_init(&mutex, &attr), 0);
	join(start(dies_owning, (void *)0));
	CHECK_INT(pthread_mutex_lock(&mutex), EOWNERDEAD);
	CHECK_INT(pthread_mutex_consistent(&mutex), 0);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	ok("made consistent");

	thread = start(dies_owning, (void *)60);
	sleep_ms(20);
	CHECK_INT(pthread_mutex_lock(&mutex), EOWNERDEAD);
	join(thread);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	CHECK_INT(pthread_mutex_lock(&mutex), ENOTRECOVERABLE);
	CHECK_INT(pthread_mutex_destroy(&mutex), 0);
	ok("not recoverable");
}

int main(void)
{
	run_both(checks);
	return 0;
}
