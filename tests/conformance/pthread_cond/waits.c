/*
 * pthread_cond_wait(3p): 500 threads wait; a signal wakes at least one, a
 * broadcast wakes all; the mutex is held on return; the errors of an
 * error-checking mutex.
 */
#include "lib.h"

#define THREADS 500

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int waiting, tokens, taken, holders;

static void *waiter(void *argument)
{
	(void)argument;
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	waiting++;
	while (tokens == 0) {
		CHECK_INT(pthread_cond_wait(&cond, &mutex), 0);
		CHECK_INT(holders, 0);
	}
	tokens--;
	holders++;
	taken++;
	if (taken % 50 == 0)
		sched_yield();
	holders--;
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	return NULL;
}

static int locked(int *value)
{
	int copy;

	pthread_mutex_lock(&mutex);
	copy = *value;
	pthread_mutex_unlock(&mutex);
	return copy;
}

int main(void)
{
	pthread_t threads[THREADS];
	pthread_mutex_t checking = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

	for (int i = 0; i < THREADS; i++)
		threads[i] = start_small(waiter, NULL);
	WAIT_UNTIL(locked(&waiting) == THREADS);
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);

	/* Signal with and without the mutex. */
	for (int i = 0; i < 100; i++) {
		pthread_mutex_lock(&mutex);
		tokens++;
		if (i % 2)
			CHECK_INT(pthread_cond_signal(&cond), 0);
		pthread_mutex_unlock(&mutex);
		if (i % 2 == 0)
			CHECK_INT(pthread_cond_signal(&cond), 0);
	}
	WAIT_UNTIL(locked(&taken) == 100);
	ok("signals");

	/* A broadcast with too few tokens: the other threads wait again. */
	pthread_mutex_lock(&mutex);
	tokens = 200;
	CHECK_INT(pthread_cond_broadcast(&cond), 0);
	pthread_mutex_unlock(&mutex);
	WAIT_UNTIL(locked(&taken) == 300);
	settle();
	CHECK_INT(locked(&taken), 300);
	pthread_mutex_lock(&mutex);
	tokens = THREADS - 300;
	pthread_mutex_unlock(&mutex);
	CHECK_INT(pthread_cond_broadcast(&cond), 0);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(tokens, 0);
	ok("broadcasts");

	CHECK_INT(pthread_cond_signal(&cond), 0);
	CHECK_INT(pthread_cond_broadcast(&cond), 0);
	CHECK_INT(pthread_cond_wait(&cond, &checking), EPERM);
	CHECK_INT(pthread_cond_destroy(&cond), 0);
	ok("nobody there");
	return 0;
}
