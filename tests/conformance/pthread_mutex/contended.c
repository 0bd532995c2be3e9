/*
 * pthread_mutex_lock(3p): mutual exclusion among many threads, also with waits
 * inside the critical section; every waiter gets the mutex in the end. All
 * kinds and protocols.
 */
#include "lib.h"

#define THREADS 60
#define ROUNDS	200

static pthread_mutex_t mutex;
static int inside, total;

static void *thread(void *argument)
{
	unsigned seed = (unsigned)(uintptr_t)argument;

	for (int i = 0; i < ROUNDS; i++) {
		CHECK_INT(pthread_mutex_lock(&mutex), 0);
		CHECK_INT(inside++, 0);
		total++;
		if (rand_r(&seed) % 64 == 0)
			usleep(100);
		else if (rand_r(&seed) % 16 == 0)
			sched_yield();
		CHECK_INT(--inside, 0);
		CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	}
	return NULL;
}

static void torture(const char *name, pthread_mutexattr_t *attr)
{
	pthread_t threads[THREADS];

	CHECK_INT(pthread_mutex_init(&mutex, attr), 0);
	total = 0;
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(thread, (void *)(intptr_t)i);
	settle();
	/* With these protocols, threads may wait inside libc. */
	if (!strstr(name, "robust") && !strstr(name, "priority") &&
	    !strstr(name, "shared"))
		check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	CHECK_INT(total, 0);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(total, THREADS * ROUNDS);
	CHECK_INT(pthread_mutex_destroy(&mutex), 0);
	ok("%s", name);
}

int main(void)
{
	int kinds[] = { PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ERRORCHECK,
			PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ADAPTIVE_NP };
	const char *names[] = { "normal", "error checking", "recursive",
				"adaptive" };
	pthread_mutexattr_t attr;

	torture("default", NULL);
	for (int i = 0; i < 4; i++) {
		pthread_mutexattr_init(&attr);
		pthread_mutexattr_settype(&attr, kinds[i]);
		torture(names[i], &attr);
	}
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	torture("process-shared", &attr);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	torture("robust", &attr);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	torture("priority inheritance", &attr);
	return 0;
}
