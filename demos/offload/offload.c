/*
 * offload: 200 threads ask a slow library at the same time. Each of them blocks
 * for 100 ms in all, and so the whole should take hardly longer.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "libslow.h"

#define THREADS 200

static __thread int mine;
static pthread_barrier_t gate;

struct asker {
	pthread_t thread;
	int number;
	bool result, error, local;
};

static void *ask(void *arg)
{
	struct asker *a = arg;
	int n = a->number, r;
	double sum;

	mine = n;
	pthread_barrier_wait(&gate);

	errno = 0;
	r = slow_ask("?", n);
	a->error = errno == (n % 2 ? 1 + n % 100 : 0);
	a->result = r == (n % 2 ? -1 : '?' + 1000 * n);

	errno = n;
	sum = slow_mix(0.5f, (short)-n, 0.25, -3, 1ll << 40, 8.0f, 4000000000u,
		       -(long)n);
	a->error = a->error && errno == n;
	a->result = a->result &&
		    sum == 0.5 - n + 0.25 - 3 + 0x1p40 + 8 + 4e9 - n;

	a->local = mine == n && slow_calls() == 2;
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(void)
{
	static struct asker askers[THREADS];
	int i, results = 0, errors = 0, locals = 0;
	double start;

	/* Before there are threads. */
	printf("alone: %d\n", slow_ask("?", 1000));

	pthread_barrier_init(&gate, NULL, THREADS);
	start = now();
	for (i = 0; i < THREADS; i++) {
		askers[i].number = i;
		if (pthread_create(&askers[i].thread, NULL, ask, &askers[i])) {
			fprintf(stderr, "offload: cannot make a thread\n");
			return 1;
		}
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(askers[i].thread, NULL);
		results += askers[i].result;
		errors += askers[i].error;
		locals += askers[i].local;
	}
	/* One after the other would be 20 seconds. */
	start = now() - start;
	fprintf(stderr, "offload: %.2f s\n", start);
	printf("%d threads, right results %d, errno %d, thread-local %d\n",
	       THREADS, results, errors, locals);
	printf("together: %s\n", start < 1 ? "yes" : "no");
	return 0;
}
