/*
 * fork(2) called by many threads at once, while others lock, sleep, allocate
 * and print: each child runs on and exits with its own status.
 */
#include "lib.h"

#define THREADS 20

static int stop;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *busy(void *argument)
{
	FILE *null = fopen("/dev/null", "w");

	(void)argument;
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		char *memory = malloc(1000 + rand() % 5000);

		pthread_mutex_lock(&mutex);
		fprintf(null, "%p\n", (void *)memory);
		pthread_mutex_unlock(&mutex);
		free(memory);
		usleep(100);
	}
	fclose(null);
	return NULL;
}

static void *quick(void *argument)
{
	sleep_ms(1);
	return argument;
}

static void *forker(void *argument)
{
	int n = (int)(intptr_t)argument;

	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			char *memory = malloc(100000);

			memset(memory, 1, 100000);
			free(memory);
			_exit((int)(intptr_t)join(
				start(quick, (void *)(intptr_t)(n + i))));
		}
		CHECK_INT(wait_for(pid), (n + i) << 8);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS], others[5];

	for (int i = 0; i < 5; i++)
		others[i] = start(busy, NULL);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(forker, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < 5; i++)
		join(others[i]);
	ok("from %d threads", THREADS);
	return 0;
}
