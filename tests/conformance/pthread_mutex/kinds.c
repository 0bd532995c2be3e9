/*
 * pthread_mutex_lock(3p): what each kind of mutex does when its owner locks it
 * again and when another thread unlocks it: EDEADLK, EPERM, EBUSY, the
 * recursion count.
 */
#include "lib.h"

static pthread_mutex_t *shared;

static void *try_lock(void *argument)
{
	(void)argument;
	return (void *)(intptr_t)pthread_mutex_trylock(shared);
}

static void *unlock(void *argument)
{
	(void)argument;
	return (void *)(intptr_t)pthread_mutex_unlock(shared);
}

static void make(pthread_mutex_t *mutex, int kind)
{
	pthread_mutexattr_t attr;
	int got;

	CHECK_INT(pthread_mutexattr_init(&attr), 0);
	CHECK_INT(pthread_mutexattr_settype(&attr, kind), 0);
	CHECK_INT(pthread_mutexattr_gettype(&attr, &got), 0);
	CHECK_INT(got, kind);
	CHECK_INT(pthread_mutex_init(mutex, &attr), 0);
	CHECK_INT(pthread_mutexattr_destroy(&attr), 0);
	shared = mutex;
}

static void checks(void)
{
	pthread_mutex_t recursive_static =
		PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
	pthread_mutex_t checking_static =
		PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
	pthread_mutex_t adaptive_static = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
	pthread_mutex_t mutex;
	struct timespec soon;

	make(&mutex, PTHREAD_MUTEX_NORMAL);
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	CHECK_INT(pthread_mutex_trylock(&mutex), EBUSY);
	CHECK_INT((intptr_t)join(start(try_lock, NULL)), EBUSY);
	soon = in_ms(CLOCK_REALTIME, 30);
	CHECK_INT(pthread_mutex_timedlock(&mutex, &soon), ETIMEDOUT);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	CHECK_INT(pthread_mutex_destroy(&mutex), 0);
	ok("normal");

	for (int i = 0; i < 2; i++) {
		make(&mutex, PTHREAD_MUTEX_ERRORCHECK);
		if (i)
			shared = &checking_static;
		CHECK_INT(pthread_mutex_unlock(shared), EPERM);
		CHECK_INT(pthread_mutex_lock(shared), 0);
		CHECK_INT(pthread_mutex_lock(shared), EDEADLK);
		CHECK_INT(pthread_mutex_trylock(shared), EBUSY);
		soon = in_ms(CLOCK_REALTIME, 30);
		CHECK_INT(pthread_mutex_timedlock(shared, &soon), EDEADLK);
		CHECK_INT((intptr_t)join(start(unlock, NULL)), EPERM);
		CHECK_INT((intptr_t)join(start(try_lock, NULL)), EBUSY);
		CHECK_INT(pthread_mutex_unlock(shared), 0);
		CHECK_INT(pthread_mutex_unlock(shared), EPERM);
		CHECK_INT(pthread_mutex_destroy(&mutex), 0);
	}
	ok("error checking");

	for (int i = 0; i < 2; i++) {
		make(&mutex, PTHREAD_MUTEX_RECURSIVE);
		if (i)
			shared = &recursive_static;
		CHECK_INT(pthread_mutex_unlock(shared), EPERM);
		for (int j = 0; j < 100; j++) {
			if (j % 3 == 0)
				CHECK_INT(pthread_mutex_lock(shared), 0);
			else if (j % 3 == 1)
				CHECK_INT(pthread_mutex_trylock(shared), 0);
			else
				CHECK_INT(pthread_mutex_timedlock(shared,
								  &soon),
					  0);
		}
		for (int j = 0; j < 100; j++) {
			CHECK_INT((intptr_t)join(start(unlock, NULL)), EPERM);
			CHECK_INT((intptr_t)join(start(try_lock, NULL)), EBUSY);
			CHECK_INT(pthread_mutex_unlock(shared), 0);
		}
		CHECK_INT(pthread_mutex_unlock(shared), EPERM);
		CHECK_INT(pthread_mutex_destroy(&mutex), 0);
	}
	ok("recursive");

	shared = &adaptive_static;
	CHECK_INT(pthread_mutex_lock(shared), 0);
	CHECK_INT((intptr_t)join(start(try_lock, NULL)), EBUSY);
	CHECK_INT(pthread_mutex_unlock(shared), 0);
	CHECK_INT((intptr_t)join(start(try_lock, NULL)), 0);
	ok("adaptive");
}

int main(void)
{
	pthread_mutexattr_t attr;

	run_both(checks);
	CHECK_INT(pthread_mutexattr_init(&attr), 0);
	CHECK_INT(pthread_mutexattr_settype(&attr, 99), EINVAL);
	ok("errors");
	return 0;
}
