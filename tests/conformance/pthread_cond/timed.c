/*
 * pthread_cond_timedwait, pthread_cond_clockwait, pthread_condattr_setclock:
 * ETIMEDOUT not before the deadline, on the right clock, with the mutex held
 * again; many at once; EINVAL; a signal in time.
 */
#include "lib.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t realtime = PTHREAD_COND_INITIALIZER, monotonic;
static int flag, waiting;

static void *gives_up(void *argument)
{
	int n = (int)(intptr_t)argument, error;
	clockid_t clock = n % 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
	pthread_cond_t *cond = n % 2 ? &monotonic : &realtime;
	struct timespec until = in_ms(clock, 10 + n), now;

	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	do {
		if (n % 3)
			error = pthread_cond_timedwait(cond, &mutex, &until);
		else
			error = pthread_cond_clockwait(cond, &mutex, clock,
						       &until);
	} while (error == 0);
	CHECK_INT(error, ETIMEDOUT);
	clock_gettime(clock, &now);
	CHECK(now.tv_sec > until.tv_sec ||
	      (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));
	CHECK_INT(pthread_mutex_trylock(&mutex), EBUSY);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	return NULL;
}

static void *in_time(void *argument)
{
	int n = (int)(intptr_t)argument;
	clockid_t clock = n % 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
	struct timespec until = in_ms(clock, 30000);

	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	waiting++;
	while (!flag)
		CHECK_INT(pthread_cond_clockwait(&monotonic, &mutex, clock,
						 &until),
			  0);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	return NULL;
}

static void checks(void)
{
	struct timespec bad = { 1, 1000000000 }, past = { 1, 0 };
	pthread_t threads[100];
	int all = 0;

	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	CHECK_INT(pthread_cond_timedwait(&realtime, &mutex, &past), ETIMEDOUT);
	CHECK_INT(pthread_cond_timedwait(&monotonic, &mutex, &past), ETIMEDOUT);
	CHECK_INT(pthread_cond_timedwait(&realtime, &mutex, &bad), EINVAL);
	CHECK_INT(pthread_cond_clockwait(&realtime, &mutex,
					 CLOCK_THREAD_CPUTIME_ID, &past),
		  EINVAL);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	ok("errors");
	for (int i = 0; i < 100; i++)
		threads[i] = start(gives_up, (void *)(intptr_t)i);
	for (int i = 0; i < 100; i++)
		join(threads[i]);
	ok("ETIMEDOUT");
	flag = waiting = 0;
	for (int i = 0; i < 100; i++)
		threads[i] = start(in_time, (void *)(intptr_t)i);
	while (!all) {
		pthread_mutex_lock(&mutex);
		all = waiting == 100;
		pthread_mutex_unlock(&mutex);
		sleep_ms(1);
	}
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	pthread_mutex_lock(&mutex);
	flag = 1;
	pthread_mutex_unlock(&mutex);
	CHECK_INT(pthread_cond_broadcast(&monotonic), 0);
	for (int i = 0; i < 100; i++)
		join(threads[i]);
	ok("in time");
}

int main(void)
{
	pthread_condattr_t attr;
	clockid_t clock;

	CHECK_INT(pthread_condattr_init(&attr), 0);
	CHECK_INT(pthread_condattr_getclock(&attr, &clock), 0);
	CHECK_INT(clock, CLOCK_REALTIME);
	CHECK_INT(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC), 0);
	CHECK_INT(pthread_condattr_setclock(&attr, CLOCK_THREAD_CPUTIME_ID),
		  EINVAL);
	CHECK_INT(pthread_cond_init(&monotonic, &attr), 0);
	run_both(checks);
	return 0;
}
