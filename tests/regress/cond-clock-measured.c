/*
 * Which clock a condition variable's timeouts are on stands in a word of libc's
 * whose place differs among versions of glibc.  With a library that was built
 * for another version, a wait on the monotonic clock timed out at once: seen
 * with both clocks and both ways to wait.
 */
#include "lib.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t conds[2];
static const clockid_t clocks[2] = { CLOCK_REALTIME, CLOCK_MONOTONIC };

/* Wait for 1 to 10 ms, and come back no earlier. */
static void wait_once(int which, int ms, int by_clock)
{
	struct timespec until, now;
	int r;

	CHECK(clock_gettime(clocks[which], &until) == 0);
	until.tv_nsec += ms * 1000000l;
	if (until.tv_nsec >= 1000000000l) {
		until.tv_nsec -= 1000000000l;
		until.tv_sec++;
	}
	pthread_mutex_lock(&lock);
	do
		r = by_clock ? pthread_cond_clockwait(&conds[which], &lock,
						      clocks[which], &until)
			     : pthread_cond_timedwait(&conds[which], &lock,
						      &until);
	while (r == 0);
	pthread_mutex_unlock(&lock);
	CHECK_INT(r, ETIMEDOUT);
	CHECK(clock_gettime(clocks[which], &now) == 0);
	CHECK(now.tv_sec > until.tv_sec ||
	      (now.tv_sec == until.tv_sec && now.tv_nsec >= until.tv_nsec));
}

static void *waits(void *arg)
{
	int i;

	for (i = 0; i < 40; i++)
		wait_once(i & 1, 1 + i % 10, i & 2);
	return arg;
}

int main(void)
{
	pthread_condattr_t attr;
	pthread_t threads[8];
	int i;

	pthread_condattr_init(&attr);
	for (i = 0; i < 2; i++) {
		CHECK(pthread_condattr_setclock(&attr, clocks[i]) == 0);
		CHECK(pthread_cond_init(&conds[i], &attr) == 0);
	}
	for (i = 0; i < 8; i++)
		CHECK(pthread_create(&threads[i], NULL, waits, NULL) == 0);
	for (i = 0; i < 8; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	ok("no wait ends early");
	return 0;
}
