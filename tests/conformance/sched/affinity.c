/*
 * The CPUs of one thread: sched_setaffinity(2), pthread_setaffinity_np(3),
 * pthread_attr_setaffinity_np(3); set by the thread itself, by another, and at
 * its creation; inherited by the threads and processes that it creates.
 */
#include "lib.h"
#include <sched.h>

static cpu_set_t all, first, last;
static int cpu_first, cpu_last;
static pthread_barrier_t barrier;
static int fds[2];

static void check_is(const cpu_set_t *want)
{
	cpu_set_t set;

	CHECK_INT(sched_getaffinity(0, sizeof(set), &set), 0);
	CHECK(CPU_EQUAL(&set, want));
	CHECK_INT(sched_getaffinity(gettid(), sizeof(set), &set), 0);
	CHECK(CPU_EQUAL(&set, want));
	CHECK_INT(pthread_getaffinity_np(pthread_self(), sizeof(set), &set), 0);
	CHECK(CPU_EQUAL(&set, want));
}

static void check_runs_on(int cpu)
{
	for (int i = 0; i < 5; i++) {
		unsigned where = 99;

		CHECK_INT(sched_getcpu(), cpu);
		CHECK_INT(syscall(SYS_getcpu, &where, NULL, NULL), 0);
		CHECK_INT(where, cpu);
		sleep_ms(1);
	}
}

static void *inherits(void *argument)
{
	check_is((cpu_set_t *)argument);
	sleep_ms(1);
	check_is((cpu_set_t *)argument);
	return NULL;
}

static void check_child(const cpu_set_t *want)
{
	pid_t pid = fork();

	if (pid == 0) {
		check_is(want);
		join(start(inherits, (void *)want));
		_exit(0);
	}
	CHECK_INT(wait_for(pid), 0);
}

static void *sets_own(void *argument)
{
	char byte;

	check_is(&all);
	CHECK_INT(sched_setaffinity(0, sizeof(first), &first), 0);
	check_is(&first);
	check_runs_on(cpu_first);
	pthread_barrier_wait(&barrier); /* the main thread checks now */
	pthread_barrier_wait(&barrier);
	join(start(inherits, &first));
	check_child(&first);
	read_all(fds[0], &byte, 1);
	check_runs_on(cpu_first);
	CHECK_INT(sched_setaffinity(gettid(), sizeof(last), &last), 0);
	check_is(&last);
	check_runs_on(cpu_last);
	return argument;
}

static void *is_set(void *argument)
{
	*(pid_t *)argument = gettid();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	sleep_ms(1);
	check_is(&last);
	check_runs_on(cpu_last);
	return NULL;
}

static void *is_made(void *argument)
{
	pthread_attr_t attr;
	cpu_set_t set;

	check_is(&first);
	check_runs_on(cpu_first);
	CHECK_INT(pthread_getattr_np(pthread_self(), &attr), 0);
	CHECK_INT(pthread_attr_getaffinity_np(&attr, sizeof(set), &set), 0);
	CHECK(CPU_EQUAL(&set, &first));
	pthread_attr_destroy(&attr);
	return argument;
}

static void *makes_all(void *argument)
{
	CHECK_INT(sched_setaffinity(0, sizeof(all), &all), 0);
	check_is(&all);
	return argument;
}

static void check_errors(pthread_t other)
{
	cpu_set_t none;
	pid_t tid;

	CPU_ZERO(&none);
	CHECK_ERRNO(sched_setaffinity(0, sizeof(none), &none), EINVAL);
	CHECK_INT(pthread_setaffinity_np(other, sizeof(none), &none), EINVAL);
	CHECK_ERRNO(sched_getaffinity(0, 1, &none), EINVAL);
	CHECK_ERRNO(sched_setaffinity(0x3ffffff, sizeof(all), &all), ESRCH);
	CHECK_ERRNO(sched_getaffinity(0x3ffffff, sizeof(none), &none), ESRCH);
	tid = getpid();
	CHECK_INT(sched_getaffinity(tid, sizeof(none), &none), 0);
	CHECK(CPU_EQUAL(&none, &all));
}

int main(void)
{
	pthread_t threads[4], thread;
	pthread_attr_t attr;
	cpu_set_t set;
	pid_t tid;

	CHECK_INT(sched_getaffinity(0, sizeof(all), &all), 0);
	for (int i = CPU_SETSIZE - 1; i >= 0; i--)
		if (CPU_ISSET(i, &all))
			cpu_first = i;
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &all))
			cpu_last = i;
	CPU_SET(cpu_first, &first);
	CPU_SET(cpu_last, &last);
	CHECK_INT(pipe(fds), 0);
	CHECK_INT(pthread_barrier_init(&barrier, NULL, 2), 0);

	thread = start(sets_own, NULL);
	pthread_barrier_wait(&barrier);
	CHECK_INT(pthread_getaffinity_np(thread, sizeof(set), &set), 0);
	CHECK(CPU_EQUAL(&set, &first));
	check_is(&all);
	pthread_barrier_wait(&barrier);
	sleep_ms(2);
	write_all(fds[1], "x", 1);
	join(thread);
	ok("its own");

	thread = start(is_set, &tid);
	pthread_barrier_wait(&barrier);
	CHECK_INT(pthread_setaffinity_np(thread, sizeof(first), &first), 0);
	CHECK_INT(sched_setaffinity(tid, sizeof(last), &last), 0);
	CHECK_INT(sched_getaffinity(tid, sizeof(set), &set), 0);
	CHECK(CPU_EQUAL(&set, &last));
	check_errors(thread);
	pthread_barrier_wait(&barrier);
	join(thread);
	ok("by another");

	CHECK_INT(pthread_attr_init(&attr), 0);
	CHECK_INT(pthread_attr_setaffinity_np(&attr, sizeof(first), &first), 0);
	for (int i = 0; i < 4; i++)
		CHECK_INT(pthread_create(&threads[i], &attr, is_made, NULL), 0);
	for (int i = 0; i < 4; i++)
		join(threads[i]);
	CPU_ZERO(&set);
	CHECK_INT(pthread_attr_setaffinity_np(&attr, sizeof(set), &set), 0);
	CHECK_INT(pthread_create(&threads[0], &attr, is_made, NULL), EINVAL);
	ok("when it is made");

	join(start(makes_all, NULL));
	join(start(inherits, &all));
	check_is(&all);
	CHECK_INT(sched_setaffinity(0, sizeof(last), &last), 0);
	check_is(&last);
	check_runs_on(cpu_last);
	join(start(inherits, &last));
	check_child(&last);
	CHECK_INT(sched_setaffinity(0, sizeof(all), &all), 0);
	join(start(inherits, &all));
	ok("the main thread's");
	return 0;
}
