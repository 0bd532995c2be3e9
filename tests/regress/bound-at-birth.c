/*
 * A thread that is made with CPUs of its own, or by one that has a kernel thread
 * of its own, gets one too. What such a kernel thread was given while it started
 * it once threw away: the thread never ran.
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

static void one_cpu(pthread_attr_t *attr)
{
	cpu_set_t set;
	int cpu = 0;

	CHECK_INT(sched_getaffinity(0, sizeof(set), &set), 0);
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	CHECK_INT(pthread_attr_init(attr), 0);
	CHECK_INT(pthread_attr_setaffinity_np(attr, sizeof(set), &set), 0);
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
