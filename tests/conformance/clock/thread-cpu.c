/*
 * CLOCK_THREAD_CPUTIME_ID, pthread_getcpuclockid(3), getrusage(RUSAGE_THREAD):
 * each thread's own CPU time. It grows while the thread runs, also as seen by
 * others, hardly grows while the thread sleeps, and never decreases.
 */
#include "lib.h"
#include <sys/resource.h>

#define MS 1000000LL

static pthread_barrier_t barrier;
static int stop;

static long long read_clock(clockid_t clock)
{
	struct timespec ts;

	CHECK_INT(clock_gettime(clock, &ts), 0);
	CHECK(ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static long long own(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static long long usage(void)
{
	struct rusage u;

	CHECK_INT(getrusage(RUSAGE_THREAD, &u), 0);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000LL +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000LL;
}

/* Runs until it has used so much CPU time. */
static void compute(long long ns)
{
	long long until = own() + ns;

	while (own() < until)
		for (volatile int i = 0; i < 1000; i++)
			;
}

static void *goes_on(void *argument)
{
	long long last = own(), first = last, now;

	for (int i = 0; i < 20; i++) {
		compute(MS / 2);
		now = own();
		CHECK(now - last >= MS / 2);
		last = now;
		if (i % 3)
			sleep_ms(1);
		else
			sched_yield();
		now = own();
		CHECK(now >= last);
		CHECK(now - last < 50 * MS);
		last = now;
	}
	CHECK(own() - first >= 10 * MS);
	CHECK(syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID,
		      &(struct timespec){ 0 }) == 0);
	return argument;
}

static void *sleeps(void *argument)
{
	long long first = own();

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		sleep_ms(1);
	CHECK(own() - first < 50 * MS);
	return argument;
}

static void *is_seen(void *argument)
{
	long long first;

	own();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	first = usage();
	compute(10 * MS);
	CHECK(usage() - first >= 8 * MS);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return argument;
}

int main(void)
{
	pthread_t threads[4], sleeper, seen;
	long long before, after;
	struct timespec ts;
	clockid_t clock;

	before = own();
	CHECK_INT(pthread_barrier_init(&barrier, NULL, 2), 0);
	sleeper = start(sleeps, NULL);
	for (int i = 0; i < 4; i++)
		threads[i] = start(goes_on, NULL);
	for (int i = 0; i < 4; i++)
		join(threads[i]);
	CHECK(own() >= before);
	compute(20 * MS);
	stop = 1;
	join(sleeper);
	ok("its own");

	seen = start(is_seen, NULL);
	pthread_barrier_wait(&barrier);
	CHECK_INT(pthread_getcpuclockid(seen, &clock), 0);
	CHECK(clock != CLOCK_THREAD_CPUTIME_ID);
	before = read_clock(clock);
	CHECK_INT(clock_getres(clock, &ts), 0);
	CHECK_INT(ts.tv_sec, 0);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	after = read_clock(clock);
	CHECK(after - before >= 10 * MS);
	CHECK(after - before < 2000 * MS);
	compute(5 * MS);
	CHECK(read_clock(clock) - after < 5 * MS);
	pthread_barrier_wait(&barrier);
	join(seen);
	CHECK_INT(pthread_getcpuclockid(pthread_self(), &clock), 0);
	before = own();
	CHECK(read_clock(clock) >= before);
	ok("another's");
	CHECK_ERRNO(clock_gettime((clockid_t)(~0x3ffffdu << 3 | 6), &ts),
		    EINVAL);
	ok("none");
	return 0;
}
