/* Threads and children. */
#ifndef CONFORMANCE_LIB_THREAD_H
#define CONFORMANCE_LIB_THREAD_H

#include "lib_check.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>

/* The most kernel threads that a greened program has while its fibers wait. */
#define FEW_KERNEL_THREADS 12

UNUSED static pthread_t start(void *(*function)(void *), void *argument)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, function, argument);

	if (error)
		FAIL("pthread_create: %s", strerror(error));
	return thread;
}

/* With a smaller stack, for programs that start very many threads. */
UNUSED static pthread_t start_small(void *(*function)(void *), void *argument)
{
	pthread_t thread;
	pthread_attr_t attr;
	int error;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	error = pthread_create(&thread, &attr, function, argument);
	pthread_attr_destroy(&attr);
	if (error)
		FAIL("pthread_create: %s", strerror(error));
	return thread;
}

UNUSED static void *join(pthread_t thread)
{
	void *result = NULL;
	int error = pthread_join(thread, &result);

	if (error)
		FAIL("pthread_join: %s", strerror(error));
	return result;
}

UNUSED static void *nothing_(void *argument)
{
	return argument;
}

/* From here on, the program is one that has created threads. */
UNUSED static void be_threaded(void)
{
	join(start(nothing_, NULL));
}

UNUSED static void *call_(void *function)
{
	(*(void (**)(void))function)();
	return NULL;
}

/* Runs the same checks in a new thread and in the main thread. */
UNUSED static void run_both(void (*function)(void))
{
	printf("in a thread:\n");
	fflush(stdout);
	join(start(call_, &function));
	printf("in the main thread:\n");
	fflush(stdout);
	function();
}

/*
 * Greened only: waiting fibers hold no kernel threads. This catches a call that
 * blocks a kernel thread because the shim does not see it.
 */
#define check_kernel_threads_at_most(limit)                                    \
	check_kernel_threads_at(__FILE__, __LINE__, limit)

UNUSED static void check_kernel_threads_at(const char *file, int at, int limit)
{
	char line[256];
	int threads = -1;
	FILE *status;

	if (!greened())
		return;
	status = fopen("/proc/self/status", "r");
	if (status == NULL)
		fail_at(file, at, "/proc/self/status: errno %d", errno);
	while (fgets(line, sizeof(line), status))
		sscanf(line, "Threads: %d", &threads);
	fclose(status);
	if (threads < 1 || threads > limit)
		fail_at(file, at, "%d kernel threads, at most %d expected",
			threads, limit);
}

/* Attributes of a thread that may run on one CPU only: the caller's first. */
UNUSED static void one_cpu(pthread_attr_t *attr)
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

/* Waits for a child and returns its wait status. */
UNUSED static int wait_for(pid_t pid)
{
	int status;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got == -1 && errno == EINTR);
	CHECK_INT(got, pid);
	return status;
}

#endif
