/*
 * Scheduling policies and priorities of single threads, read and set in every
 * way, with and without the privilege (what is allowed is printed and must be
 * the same).
 */
#include "lib.h"
#include <sched.h>
#include <sys/resource.h>

static void show(const char *what, int r)
{
	struct sched_param param = { .sched_priority = -1 };
	int policy = -1;

	CHECK_INT(pthread_getschedparam(pthread_self(), &policy, &param), 0);
	CHECK_INT(sched_getscheduler(0), policy);
	CHECK_INT(sched_getscheduler(gettid()), policy);
	printf("%s: %d, policy %d, priority %d\n", what, r, policy,
	       param.sched_priority);
	CHECK_INT(sched_getparam(0, &param), 0);
}

static void *asks(void *argument)
{
	show((char *)argument, 0);
	return NULL;
}

static void *sets(void *argument)
{
	struct sched_param param = { 0 };
	pthread_attr_t attr;
	struct timespec ts;

	show("as made", 0);
	show("the same",
	     pthread_setschedparam(pthread_self(), SCHED_OTHER, &param));
	show("batch",
	     pthread_setschedparam(pthread_self(), SCHED_BATCH, &param));
	join(start(asks, "a thread of a batch one"));
	show("priority 0", pthread_setschedprio(pthread_self(), 0));
	param.sched_priority = 3;
	show("a priority that it cannot have",
	     pthread_setschedprio(pthread_self(), 3));
	show("other with a priority",
	     pthread_setschedparam(pthread_self(), SCHED_OTHER, &param));
	show("round robin",
	     pthread_setschedparam(pthread_self(), SCHED_RR, &param));
	join(start(asks, "a thread of that one"));
	CHECK_INT(sched_rr_get_interval(0, &ts), 0);
	param.sched_priority = 0;
	show("none such", pthread_setschedparam(pthread_self(), 77, &param));
	show("idle", pthread_setschedparam(pthread_self(), SCHED_IDLE, &param));
	CHECK_INT(pthread_getattr_np(pthread_self(), &attr), 0);
	pthread_attr_destroy(&attr);
	return argument;
}

static pthread_barrier_t barrier;

/*
 * A setting made by another thread takes effect, also after the thread's own.
 */
static void *is_set(void *argument)
{
	struct sched_param param = { 0 };

	show("idle", pthread_setschedparam(pthread_self(), SCHED_IDLE, &param));
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	show("as another has set it", 0);
	return argument;
}

static void sets_another(void)
{
	struct sched_param param = { 0 };
	pthread_t thread;
	int policy;

	CHECK_INT(pthread_barrier_init(&barrier, NULL, 2), 0);
	thread = start(is_set, NULL);
	pthread_barrier_wait(&barrier);
	printf("of another: %d\n",
	       pthread_setschedparam(thread, SCHED_BATCH, &param));
	CHECK_INT(pthread_getschedparam(thread, &policy, &param), 0);
	printf("it has %d\n", policy);
	pthread_barrier_wait(&barrier);
	join(thread);
}

static void made_with(const char *what, int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	CHECK_INT(pthread_attr_init(&attr), 0);
	CHECK_INT(pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED),
		  0);
	CHECK_INT(pthread_attr_setschedpolicy(&attr, policy), 0);
	CHECK_INT(pthread_attr_setschedparam(&attr, &param), 0);
	r = pthread_create(&thread, &attr, asks, (void *)what);
	if (r == 0)
		join(thread);
	else
		printf("%s: %d\n", what, r);
	pthread_attr_destroy(&attr);
}

static void *nicer(void *argument)
{
	int before = getpriority(PRIO_PROCESS, 0);

	CHECK_INT(setpriority(PRIO_PROCESS, 0, before + 3), 0);
	CHECK_INT(getpriority(PRIO_PROCESS, gettid()), before + 3);
	errno = 0;
	CHECK_INT(nice(2), before + 5);
	CHECK_INT(getpriority(PRIO_PROCESS, 0), before + 5);
	CHECK_INT(syscall(SYS_getpriority, PRIO_PROCESS, 0), 20 - (before + 5));
	CHECK_INT(getpriority(PRIO_PROCESS, getpid()), before);
	return argument;
}

int main(void)
{
	int before = getpriority(PRIO_PROCESS, 0);

	join(start(sets, NULL));
	join(start(asks, "a thread of the main one"));
	sets_another();
	made_with("explicitly other", SCHED_OTHER, 0);
	made_with("explicitly fifo", SCHED_FIFO, 2);
	show("the main thread", 0);
	CHECK_INT(pthread_setconcurrency(3), 0);
	CHECK_INT(pthread_getconcurrency(), 3);
	CHECK_INT(pthread_setconcurrency(-1), EINVAL);
	join(start(nicer, NULL));
	CHECK_INT(getpriority(PRIO_PROCESS, 0), before);
	ok("niceness");
	return 0;
}
