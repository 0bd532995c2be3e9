/*
 * A new thread begins although its creator is CPU-bound, at the next tick of
 * 10 ms at the latest; natively it begins at once, on another CPU. It once had
 * to wait until the creator had run from one tick to another.
 */
#include "lib.h"

enum { TRIES = 40, LIMIT_MS = 8 };

static volatile int begun;
static double used[TRIES]; /* ms of CPU, by the process */

static double cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static void *begins(void *argument)
{
	begun = 1;
	return argument;
}

/* Each creator is a new thread, about which the scheduler knows nothing. */
static void *makes(void *argument)
{
	double *ms = argument;
	pthread_t thread;

	begun = 0;
	thread = start(begins, NULL);
	*ms = cpu_ms();
	while (!begun)
		;
	*ms = cpu_ms() - *ms;
	join(thread);
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(void)
{
	for (int i = 0; i < TRIES; i++) {
		join(start(makes, &used[i]));
		sleep_ms(3);
	}
	qsort(used, TRIES, sizeof(*used), by_value);
	/* Natively a busy machine may take its time. */
	if (greened() && used[TRIES / 2] > LIMIT_MS)
		FAIL("%.1f ms of CPU", used[TRIES / 2]);
	ok("begun");
	return 0;
}
