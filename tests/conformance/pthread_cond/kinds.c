/*
 * pthread_cond_wait(3) and pthread_cond_timedwait(3) with mutexes of every
 * kind, in one process: normal, recursive, error-checking, robust,
 * priority-inheriting; with an owner that dies meanwhile.
 */
#include "lib.h"

#define THREADS 5

static pthread_mutex_t mutex;
static pthread_cond_t cond;
static int waiting, flag;

static void *wait_for_flag(void *argument)
{
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	waiting++;
	while (!flag)
		CHECK_INT(pthread_cond_wait(&cond, &mutex), 0);
	sleep_ms(1);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	return argument;
}

static void *dies(void *argument)
{
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	CHECK_INT(pthread_cond_signal(&cond), 0);
	sleep_ms(2);
	return argument;
}

static int count(void)
{
	int n;

	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	n = waiting;
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	return n;
}

static void check_kind(int type, int protocol, int robust, int shared)
{
	pthread_t threads[THREADS];
	pthread_mutexattr_t attr;
	struct timespec until;

	pthread_mutexattr_init(&attr);
	CHECK_INT(pthread_mutexattr_settype(&attr, type), 0);
	CHECK_INT(pthread_mutexattr_setprotocol(&attr, protocol), 0);
	CHECK_INT(pthread_mutexattr_setrobust(&attr, robust), 0);
	CHECK_INT(pthread_mutexattr_setpshared(&attr, shared), 0);
	CHECK_INT(pthread_mutex_init(&mutex, &attr), 0);
	CHECK_INT(pthread_cond_init(&cond, NULL), 0);
	waiting = flag = 0;
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(wait_for_flag, NULL);
	WAIT_UNTIL(count() == THREADS);
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	flag = 1;
	CHECK_INT(pthread_cond_broadcast(&cond), 0);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	until = in_ms(CLOCK_REALTIME, 10);
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	CHECK_INT(pthread_cond_timedwait(&cond, &mutex, &until), ETIMEDOUT);
	if (robust == PTHREAD_MUTEX_ROBUST) {
		threads[0] = start(dies, NULL);
		CHECK_INT(pthread_cond_wait(&cond, &mutex), EOWNERDEAD);
		join(threads[0]);
		CHECK_INT(pthread_mutex_consistent(&mutex), 0);
	}
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	if (type != PTHREAD_MUTEX_NORMAL || robust == PTHREAD_MUTEX_ROBUST ||
	    protocol == PTHREAD_PRIO_INHERIT)
		CHECK_INT(pthread_cond_wait(&cond, &mutex), EPERM);
	CHECK_INT(pthread_cond_destroy(&cond), 0);
	CHECK_INT(pthread_mutex_destroy(&mutex), 0);
}

static void checks(void)
{
	static const int types[] = { PTHREAD_MUTEX_NORMAL,
				     PTHREAD_MUTEX_RECURSIVE,
				     PTHREAD_MUTEX_ERRORCHECK };

	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 8; j++)
			check_kind(types[i],
				   j & 1 ? PTHREAD_PRIO_INHERIT
					 : PTHREAD_PRIO_NONE,
				   j & 2 ? PTHREAD_MUTEX_ROBUST
					 : PTHREAD_MUTEX_STALLED,
				   j & 4 ? PTHREAD_PROCESS_SHARED
					 : PTHREAD_PROCESS_PRIVATE);
	ok("every kind");
}

int main(void)
{
	run_both(checks);
	return 0;
}
