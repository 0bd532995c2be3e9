/*
 * pthread_barrier_wait(3p): no thread passes before all have arrived, exactly
 * one is the serial thread, many rounds; the barrier may be destroyed as soon
 * as one thread has passed.
 */
#include "lib.h"

#define THREADS 50
#define ROUNDS	100

static pthread_barrier_t barrier;
static int arrived, serial;

static void *thread(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
		int got = pthread_barrier_wait(&barrier);

		CHECK(got == 0 || got == PTHREAD_BARRIER_SERIAL_THREAD);
		if (got)
			__atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
		CHECK(__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) >=
		      (i + 1) * THREADS);
	}
	return NULL;
}

static void *one_round(void *argument)
{
	pthread_barrier_wait(argument);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	pthread_barrier_t *once;

	CHECK_INT(pthread_barrier_init(&barrier, NULL, 0), EINVAL);
	CHECK_INT(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (int i = 0; i < THREADS - 1; i++)
		threads[i] = start(thread, NULL);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	CHECK_INT(serial, 0);
	thread(NULL);
	for (int i = 0; i < THREADS - 1; i++)
		join(threads[i]);
	CHECK_INT(serial, ROUNDS);
	CHECK_INT(pthread_barrier_destroy(&barrier), 0);
	ok("%d rounds", ROUNDS);

	for (int round = 0; round < 50; round++) {
		once = malloc(sizeof(*once));
		CHECK_INT(pthread_barrier_init(once, NULL, 5), 0);
		for (int i = 0; i < 4; i++)
			threads[i] = start(one_round, once);
		pthread_barrier_wait(once);
		CHECK_INT(pthread_barrier_destroy(once), 0);
		memset(once, 0xff, sizeof(*once));
		for (int i = 0; i < 4; i++)
			join(threads[i]);
		free(once);
	}
	ok("destroyed at once");
	return 0;
}
