/*
 * pthread_join(3), pthread_tryjoin_np, pthread_timedjoin_np,
 * pthread_clockjoin_np, pthread_detach: results, EBUSY, ETIMEDOUT, EDEADLK,
 * EINVAL; joins that wait.
 */
#include "lib.h"

static int fds[2];

static void *reader(void *argument)
{
	char byte;

	CHECK_INT(read(fds[0], &byte, 1), 1);
	return argument;
}

static void *joins_itself(void *argument)
{
	(void)argument;
	return (void *)(intptr_t)pthread_join(pthread_self(), NULL);
}

static void *joins(void *argument)
{
	void *result;

	CHECK_INT(pthread_join(*(pthread_t *)argument, &result), 0);
	return result;
}

static void checks(void)
{
	struct timespec until;
	pthread_t thread, chain[50];
	void *result = NULL;
	pthread_attr_t attr;

	CHECK_INT(pipe(fds), 0);
	thread = start(reader, (void *)123);
	CHECK_INT(pthread_tryjoin_np(thread, &result), EBUSY);
	until = in_ms(CLOCK_REALTIME, 30);
	CHECK_INT(pthread_timedjoin_np(thread, &result, &until), ETIMEDOUT);
	until = in_ms(CLOCK_MONOTONIC, 30);
	CHECK_INT(pthread_clockjoin_np(thread, &result, CLOCK_MONOTONIC,
				       &until),
		  ETIMEDOUT);
	until = in_ms(CLOCK_REALTIME, -1000);
	CHECK_INT(pthread_timedjoin_np(thread, &result, &until), ETIMEDOUT);
	CHECK(result == NULL);
	CHECK_INT(pthread_clockjoin_np(thread, &result, CLOCK_BOOTTIME, &until),
		  EINVAL);
	CHECK_INT(write(fds[1], "x", 1), 1);
	until = in_ms(CLOCK_MONOTONIC, 20000);
	CHECK_INT(pthread_clockjoin_np(thread, &result, CLOCK_MONOTONIC,
				       &until),
		  0);
	CHECK_INT((intptr_t)result, 123);
	ok("timed");

	thread = start(reader, (void *)5);
	CHECK_INT(write(fds[1], "x", 1), 1);
	int error;
	while ((error = pthread_tryjoin_np(thread, &result)) == EBUSY)
		sleep_ms(1);
	CHECK_INT(error, 0);
	CHECK_INT((intptr_t)result, 5);
	ok("tried");

	CHECK_INT((intptr_t)join(start(joins_itself, NULL)), EDEADLK);
	ok("EDEADLK");

	thread = start(reader, NULL);
	CHECK_INT(pthread_detach(thread), 0);
	CHECK_INT(pthread_join(thread, NULL), EINVAL);
	CHECK_INT(pthread_detach(thread), EINVAL);
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK_INT(pthread_attr_init(&attr), 0);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	CHECK_INT(pthread_create(&thread, &attr, reader, NULL), 0);
	CHECK_INT(pthread_join(thread, NULL), EINVAL);
	CHECK_INT(write(fds[1], "x", 1), 1);
	pthread_attr_destroy(&attr);
	ok("detached");

	/* A chain of joins, resolved from its far end. */
	chain[0] = start(reader, (void *)99);
	for (int i = 1; i < 50; i++)
		chain[i] = start(joins, &chain[i - 1]);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK_INT((intptr_t)join(chain[49]), 99);
	ok("a chain");
	settle();
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	run_both(checks);
	return 0;
}
