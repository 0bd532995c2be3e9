/*
 * pthread_mutex_timedlock, pthread_mutex_clocklock: ETIMEDOUT not before the
 * deadline, on either clock, also for many waiters; EINVAL; success when the
 * mutex is unlocked in time, however late the deadline.
 */
#include "lib.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *gives_up(void *argument)
{
	int n = (int)(intptr_t)argument;
	clockid_t clock = n % 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
	struct timespec until = in_ms(clock, 10 + n), now;

	if (n % 3 == 0 && clock == CLOCK_REALTIME)
		CHECK_INT(pthread_mutex_timedlock(&mutex, &until), ETIMEDOUT);
	else
		CHECK_INT(pthread_mutex_clocklock(&mutex, clock, &until),
			  ETIMEDOUT);
	clock_gettime(clock, &now);
	CHECK(now.tv_sec > until.tv_sec ||
	      (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));
	return NULL;
}

static void *gets_it(void *argument)
{
	int n = (int)(intptr_t)argument;
	clockid_t clock = n % 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
	struct timespec until = in_ms(clock, 30000);

	CHECK_INT(pthread_mutex_clocklock(&mutex, clock, &until), 0);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	return NULL;
}

static void checks(void)
{
	pthread_t threads[100];
	struct timespec bad = { 1, -1 }, past = { 1, 0 };

	CHECK_INT(pthread_mutex_timedlock(&mutex, &past), 0);
	CHECK_INT(pthread_mutex_timedlock(&mutex, &past), ETIMEDOUT);
	CHECK_INT(pthread_mutex_timedlock(&mutex, &bad), EINVAL);
	bad.tv_nsec = 1000000000;
	CHECK_INT(pthread_mutex_timedlock(&mutex, &bad), EINVAL);
	CHECK_INT(pthread_mutex_clocklock(&mutex, CLOCK_BOOTTIME, &past),
		  EINVAL);
	ok("errors");
	for (int i = 0; i < 100; i++)
		threads[i] = start(gives_up, (void *)(intptr_t)i);
	for (int i = 0; i < 100; i++)
		join(threads[i]);
	ok("ETIMEDOUT");
	for (int i = 0; i < 100; i++)
		threads[i] = start(gets_it, (void *)(intptr_t)i);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	for (int i = 0; i < 100; i++)
		join(threads[i]);
	ok("in time");
}

int main(void)
{
	run_both(checks);
	return 0;
}
