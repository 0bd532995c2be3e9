/*
 * A thread that is created with CPUs of its own, or by a pinned thread, is
 * pinned too. The kernel thread once dropped what it was given while it
 * started: the thread never ran.
 */
#include "lib.h"
#include <sched.h>
#include <stdatomic.h>
#include <sys/prctl.h>

#define ROUNDS	 10000
#define AT_ONCE	 4
#define SLACK_NS 77777

static atomic_int ran;

static void *counts(void *argument)
{
	atomic_fetch_add(&ran, 1);
	return argument;
}

static void make(const pthread_attr_t *attr)
{
	pthread_t threads[AT_ONCE];

	for (int i = 0; i < ROUNDS; i++) {
		for (int j = 0; j < AT_ONCE; j++)
			CHECK_INT(pthread_create(&threads[j], attr, counts,
						 NULL),
				  0);
		for (int j = 0; j < AT_ONCE; j++)
			CHECK_INT(pthread_join(threads[j], NULL), 0);
	}
}

static void *inherited(void *argument)
{
	CHECK_INT(prctl(PR_SET_TIMERSLACK, SLACK_NS, 0, 0, 0), 0);
	make(NULL);
	return argument;
}

int main(void)
{
	pthread_attr_t attr;

	join(start(inherited, NULL));
	CHECK_INT(ran, ROUNDS * AT_ONCE);
	ok("inherited");
	one_cpu(&attr);
	make(&attr);
	CHECK_INT(ran, 2 * ROUNDS * AT_ONCE);
	ok("by attribute");
	return 0;
}
