// NATIVE: skip
// TIMEOUT: 20
/*
 * Destroying a barrier on which a thread waits is a mistake of the program;
 * libc may wait for that thread's round to end, or for ever. The runtime once
 * waited for ever even when the round ended.
 */
#include "lib.h"

static pthread_barrier_t barrier;

static void *first(void *argument)
{
	pthread_barrier_wait(&barrier);
	return argument;
}

static void *second(void *argument)
{
	usleep(100000); /* until main is in pthread_barrier_destroy */
	pthread_barrier_wait(&barrier);
	return argument;
}

int main(void)
{
	pthread_t a, b;

	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&a, NULL, first, NULL);
	/* Arrivals are counted in its first word. */
	while (__atomic_load_n((unsigned *)&barrier, __ATOMIC_SEQ_CST) == 0)
		sched_yield();
	pthread_create(&b, NULL, second, NULL);
	printf("destroyed: %d\n", pthread_barrier_destroy(&barrier));
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	return 0;
}
