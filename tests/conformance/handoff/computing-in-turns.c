// TIMEOUT: 30
/*
 * Threads that run for a while, wait for a moment and run again do not delay a
 * thread that only waits, in any round.
 */
#include <time.h>

#include "lib.h"

#define COMPUTING 16
#define WAITS	  150

static _Atomic int stop;

static void compute_ms(long ms)
{
	struct timespec begin, now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	do {
		for (volatile int i = 0; i < 10000; i++)
			;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000000000l + now.tv_nsec -
			 begin.tv_nsec <
		 ms * 1000000);
}

static void *work(void *argument)
{
	while (!stop) {
		compute_ms(20);
		usleep(1000);
	}
	return argument;
}

int main(void)
{
	pthread_t threads[COMPUTING];
	int i;

	for (i = 0; i < COMPUTING; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, work, NULL), 0);
	for (i = 0; i < WAITS; i++)
		usleep(1000);
	stop = 1;
	for (i = 0; i < COMPUTING; i++)
		CHECK_INT(pthread_join(threads[i], NULL), 0);
	puts("done");
	return 0;
}
