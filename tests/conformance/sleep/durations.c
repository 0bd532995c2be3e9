/*
 * sleep, usleep, nanosleep, clock_nanosleep, thrd_sleep: never shorter than
 * asked, on each clock, relative and absolute; errors. When nothing else runs,
 * also not much longer, even below a millisecond.
 */
#include "lib.h"
#include <threads.h>

static void checks(void)
{
	struct timespec ts = { 0, 20000000 }, left = { 7, 7 }, past = { 1, 0 };
	struct timespec bad = { 0, 1000000000 };
	long long before, best = 1000000000;

	before = now_ns();
	CHECK_INT(nanosleep(&ts, &left), 0);
	CHECK(now_ns() - before >= 20000000);
	CHECK_INT(left.tv_sec, 7);
	before = now_ns();
	CHECK_INT(usleep(15000), 0);
	CHECK(now_ns() - before >= 15000000);
	before = now_ns();
	CHECK_INT(sleep(1), 0);
	CHECK(now_ns() - before >= 1000000000);
	before = now_ns();
	CHECK_INT(thrd_sleep(&ts, NULL), 0);
	CHECK(now_ns() - before >= 20000000);
	ok("relative");

	clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC,
			       CLOCK_BOOTTIME };
	for (int i = 0; i < 3; i++) {
		struct timespec until = in_ms(clocks[i], 25), now;

		CHECK_INT(clock_nanosleep(clocks[i], TIMER_ABSTIME, &until,
					  NULL),
			  0);
		clock_gettime(clocks[i], &now);
		CHECK(now.tv_sec > until.tv_sec ||
		      (now.tv_sec == until.tv_sec &&
		       now.tv_nsec >= until.tv_nsec));
		CHECK_INT(clock_nanosleep(clocks[i], 0, &ts, NULL), 0);
		CHECK_INT(clock_nanosleep(clocks[i], TIMER_ABSTIME, &past,
					  NULL),
			  0);
	}
	ok("absolute");

	CHECK_ERRNO(nanosleep(&bad, NULL), EINVAL);
	bad.tv_nsec = -1;
	CHECK_ERRNO(nanosleep(&bad, NULL), EINVAL);
	bad = (struct timespec){ -1, 0 };
	CHECK_ERRNO(nanosleep(&bad, NULL), EINVAL);
	CHECK_ERRNO(nanosleep((struct timespec *)8, NULL), EFAULT);
	errno = 0;
	CHECK_INT(clock_nanosleep(CLOCK_MONOTONIC, 0, &bad, NULL), EINVAL);
	CHECK_INT(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &ts, NULL),
		  EINVAL);
	CHECK_INT(clock_nanosleep(12345, 0, &ts, NULL), EINVAL);
	CHECK_INT(errno, 0);
	ts = (struct timespec){ 0, 0 };
	CHECK_INT(nanosleep(&ts, NULL), 0);
	ok("errors");

	ts.tv_nsec = 200000;
	for (int i = 0; i < 20; i++) {
		before = now_ns();
		CHECK_INT(nanosleep(&ts, NULL), 0);
		if (now_ns() - before < best)
			best = now_ns() - before;
	}
	CHECK(best >= 200000);
	CHECK(best < 900000);
	ok("below a millisecond");
}

int main(void)
{
	run_both(checks);
	return 0;
}
