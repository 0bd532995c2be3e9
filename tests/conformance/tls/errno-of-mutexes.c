/*
 * pthread functions return their error and leave errno alone, and calls that
 * succeed do not set it, though they may have waited.
 */
#include "lib.h"
#include <stdatomic.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static atomic_int held, enough;

static void *holds(void *argument)
{
	(void)argument;
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	held = 1;
	while (!enough)
		sleep_ms(1);
	sleep_ms(20);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	return NULL;
}

static void checks(void)
{
	struct timespec past = { 1, 0 };
	pthread_t thread;

	held = enough = 0;
	thread = start(holds, NULL);
	while (!held)
		sleep_ms(1);
	errno = 71;
	CHECK_INT(pthread_mutex_trylock(&mutex), EBUSY);
	CHECK_INT(pthread_mutex_timedlock(&mutex, &past), ETIMEDOUT);
	enough = 1;
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	CHECK_INT(pthread_cond_timedwait(&cond, &mutex, &past), ETIMEDOUT);
	past = in_ms(CLOCK_REALTIME, 10);
	CHECK_INT(pthread_cond_timedwait(&cond, &mutex, &past), ETIMEDOUT);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	CHECK_INT(pthread_join(thread, NULL), 0);
	CHECK_INT(errno, 71);
	ok("errno is left alone");
}

int main(void)
{
	run_both(checks);
	return 0;
}
