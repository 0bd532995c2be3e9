/*
 * Threads that sleep wake in the order of their deadlines, and sleep in
 * parallel: 500 of them take as long as the longest.
 */
#include "lib.h"

#define THREADS 500

static int order[THREADS], count;
static struct timespec begin;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *sleeper(void *argument)
{
	int n = (int)(intptr_t)argument;
	struct timespec until = begin;

	/* Ten groups, 60 ms apart. */
	until.tv_nsec += n % 10 * 60000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	CHECK_INT(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL),
		  0);
	pthread_mutex_lock(&lock);
	order[count++] = n % 10;
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int inversions = 0;

	begin = in_ms(CLOCK_MONOTONIC, 400);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start_small(sleeper, (void *)(intptr_t)(i * 7));
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(count, THREADS);
	for (int i = 1; i < THREADS; i++)
		inversions += order[i] < order[i - 1];
	/* On a busy machine a few groups may touch. */
	CHECK(inversions < 25);
	ok("in order");
	return 0;
}
