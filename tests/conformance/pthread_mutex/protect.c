/*
 * Mutexes with a priority ceiling: pthread_mutexattr_setprotocol(3) with
 * PTHREAD_PRIO_PROTECT, pthread_mutex_setprioceiling(3). A thread without
 * realtime priority, or with one above the ceiling, cannot lock such a mutex;
 * the owner runs at the ceiling's priority.
 */
#include "lib.h"
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t mutex;

static void show(const char *what, int r)
{
	struct sched_param param = { .sched_priority = -1 };

	CHECK_INT(sched_getparam(0, &param), 0);
	printf("%s: %d, at policy %d, priority %d\n", what, r,
	       sched_getscheduler(0), param.sched_priority);
	fflush(stdout);
}

static pthread_barrier_t locked;
static atomic_int tried;

static void *contends(void *argument)
{
	pthread_barrier_wait(&locked);
	show("the other tries", pthread_mutex_trylock(&mutex));
	tried = 1;
	show("the other locks", pthread_mutex_lock(&mutex));
	show("the other unlocks", pthread_mutex_unlock(&mutex));
	return argument;
}

static void ceilings(void)
{
	int old = -1;

	show("too high a ceiling",
	     pthread_mutex_setprioceiling(&mutex, 1000, &old));
	CHECK_INT(pthread_mutex_getprioceiling(&mutex, &old), 0);
	CHECK_INT(old, 20);
	show("new ceiling", pthread_mutex_setprioceiling(&mutex, 30, &old));
	printf("the ceiling was %d\n", old);
	CHECK_INT(pthread_mutex_getprioceiling(&mutex, &old), 0);
	printf("the ceiling is %d\n", old);
	show("ceiling as before",
	     pthread_mutex_setprioceiling(&mutex, 20, &old));
}

static void *plain(void *argument)
{
	show("a plain thread locks", pthread_mutex_lock(&mutex));
	sleep_ms(1);
	ceilings();
	return argument;
}

static void *realtime(void *argument)
{
	struct sched_param param = { .sched_priority = 10 };
	pthread_t thread;
	int r = pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);

	show("realtime", r);
	if (r)
		return NULL;
	tried = 0;
	thread = start(contends, NULL);
	show("locks", pthread_mutex_lock(&mutex));
	pthread_barrier_wait(&locked);
	while (!tried)
		sleep_ms(1);
	sleep_ms(10);
	show("still", 0);
	r = pthread_mutex_unlock(&mutex);
	join(thread);
	show("unlocks", r);
	ceilings();
	param.sched_priority = 25;
	show("above the ceiling",
	     pthread_setschedparam(pthread_self(), SCHED_FIFO, &param));
	show("locks", pthread_mutex_lock(&mutex));
	return argument;
}

static void check_with(int type, int shared)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	CHECK_INT(pthread_mutexattr_settype(&attr, type), 0);
	CHECK_INT(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_PROTECT),
		  0);
	CHECK_INT(pthread_mutexattr_setprioceiling(&attr, 20), 0);
	CHECK_INT(pthread_mutexattr_setpshared(&attr, shared), 0);
	CHECK_INT(pthread_mutex_init(&mutex, &attr), 0);
	join(start(plain, NULL));
	join(start(realtime, NULL));
	CHECK_INT(pthread_mutex_destroy(&mutex), 0);
	ok("type %d", type);
}

int main(void)
{
	CHECK_INT(pthread_barrier_init(&locked, NULL, 2), 0);
	be_threaded();
	check_with(PTHREAD_MUTEX_NORMAL, PTHREAD_PROCESS_PRIVATE);
	check_with(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_PROCESS_PRIVATE);
	check_with(PTHREAD_MUTEX_RECURSIVE, PTHREAD_PROCESS_SHARED);
	return 0;
}
