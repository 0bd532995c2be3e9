// NATIVE: skip
// TIMEOUT: 120
/*
 * 100,000 threads are created, wait at once, are woken and joined. No kernel
 * would create so many (pid_max is 32,768 by default): greened only.
 */
#include "lib.h"

#define THREADS 100000

static pthread_t threads[THREADS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t go = PTHREAD_COND_INITIALIZER;
static int waiting, going;
static __thread int mine;

static void *waiter(void *argument)
{
	mine = (int)(intptr_t)argument;
	pthread_mutex_lock(&lock);
	waiting++;
	while (!going)
		pthread_cond_wait(&go, &lock);
	pthread_mutex_unlock(&lock);
	return (void *)(intptr_t)(mine * 2);
}

int main(void)
{
	for (int i = 0; i < THREADS; i++)
		threads[i] = start_small(waiter, (void *)(intptr_t)i);
	for (;;) {
		pthread_mutex_lock(&lock);
		int all = waiting == THREADS;
		pthread_mutex_unlock(&lock);
		if (all)
			break;
		sleep_ms(1);
	}
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	ok("%d threads wait", THREADS);
	pthread_mutex_lock(&lock);
	going = 1;
	pthread_cond_broadcast(&go);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < THREADS; i++)
		CHECK_INT((intptr_t)join(threads[i]), i * 2);
	ok("%d threads joined", THREADS);
	return 0;
}
