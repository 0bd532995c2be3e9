/*
 * pthread_cond_wait(3p) is a cancellation point also for a condition variable
 * and a mutex that processes share; the mutex is locked again before the
 * cleanup handlers run.
 */
#include "lib.h"

static pthread_mutex_t mutex;
static pthread_cond_t cond;
static _Atomic int waiting;

static void unlock(void *argument)
{
	(void)argument;
	printf("held in the handler: %d\n",
	       pthread_mutex_trylock(&mutex) == EBUSY);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
}

static void *wait_for_it(void *timed)
{
	struct timespec until;

	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(unlock, NULL);
	waiting = 1;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 100;
	for (;;)
		if (timed)
			pthread_cond_timedwait(&cond, &mutex, &until);
		else
			pthread_cond_wait(&cond, &mutex);
	pthread_cleanup_pop(1);
	return NULL;
}

int main(void)
{
	pthread_mutexattr_t ma;
	pthread_condattr_t ca;
	int timed;

	pthread_mutexattr_init(&ma);
	pthread_mutexattr_setpshared(&ma, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&mutex, &ma);
	pthread_condattr_init(&ca);
	pthread_condattr_setpshared(&ca, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&cond, &ca);
	for (timed = 0; timed < 2; timed++) {
		pthread_t thread;
		void *result;

		waiting = 0;
		CHECK_INT(pthread_create(&thread, NULL, wait_for_it,
					 timed ? &timed : NULL),
			  0);
		while (!waiting)
			sched_yield();
		pthread_mutex_lock(&mutex); /* it waits, then */
		pthread_mutex_unlock(&mutex);
		usleep(20000);
		CHECK_INT(pthread_cancel(thread), 0);
		CHECK_INT(pthread_join(thread, &result), 0);
		printf("cancelled: %d\n", result == PTHREAD_CANCELED);
		CHECK_INT(pthread_mutex_trylock(&mutex), 0);
		CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	}
	return 0;
}
