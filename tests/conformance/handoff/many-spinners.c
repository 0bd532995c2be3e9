// TIMEOUT: 30
/*
 * Many CPU-bound threads do not starve those that wait, neither one by one nor
 * all together.
 */
#include "lib.h"

#define SPINNERS 200

static _Atomic int stop, started;

static void *spin(void *argument)
{
	started++;
	while (!stop)
		;
	return argument;
}

int main(void)
{
	pthread_t threads[SPINNERS];
	int i;

	for (i = 0; i < SPINNERS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, spin, NULL), 0);
	for (i = 0; i < 20; i++)
		usleep(1000);
	stop = 1;
	for (i = 0; i < SPINNERS; i++)
		CHECK_INT(pthread_join(threads[i], NULL), 0);
	printf("%d threads ran\n", started);
	return 0;
}
