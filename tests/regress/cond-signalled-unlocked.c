/*
 * A condition is signalled without the mutex at the very moment when a thread
 * is being queued: its wait once returned with the mutex still locked and then
 * tried to lock it again.
 */
#include "lib.h"

#define WAITERS 5
#define TIMES	1000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int left = WAITERS;

static void *waits(void *argument)
{
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < TIMES; i++)
		pthread_cond_wait(&cond, &mutex);
	left--;
	pthread_mutex_unlock(&mutex);
	return argument;
}

static void *signals(void *argument)
{
	while (__atomic_load_n(&left, __ATOMIC_RELAXED))
		if (argument)
			pthread_cond_broadcast(&cond);
		else
			pthread_cond_signal(&cond);
	return argument;
}

int main(void)
{
	for (int round = 0; round < 6; round++) {
		pthread_t waiters[WAITERS], signaller;

		left = WAITERS;
		for (int i = 0; i < WAITERS; i++)
			waiters[i] = start(waits, NULL);
		signaller = start(signals, round % 2 ? &left : NULL);
		for (int i = 0; i < WAITERS; i++)
			join(waiters[i]);
		join(signaller);
	}
	ok("none waits for itself");
	return 0;
}
