/*
 * pthread_once(3), call_once: the routine runs once although 100 threads come
 * at once; all of them wait until it is done (it waits itself) and see its
 * effects; a routine that is cancelled or exits does not count as run.
 */
#include "lib.h"
#include <threads.h>

#define THREADS 100

static pthread_once_t once = PTHREAD_ONCE_INIT, broken = PTHREAD_ONCE_INIT;
static once_flag flag = ONCE_FLAG_INIT;
static int runs, done, attempts;

static void slow(void)
{
	runs++;
	sleep_ms(50);
	done = 1;
}

static void slow_c11(void)
{
	runs += 100;
	sleep_ms(50);
	done = 2;
}

static void leaves_first(void)
{
	if (__atomic_add_fetch(&attempts, 1, __ATOMIC_SEQ_CST) == 1) {
		sleep_ms(20);
		pthread_exit(NULL);
	}
}

static void *thread(void *argument)
{
	(void)argument;
	CHECK_INT(pthread_once(&once, slow), 0);
	CHECK(done >= 1);
	call_once(&flag, slow_c11);
	CHECK_INT(done, 2);
	return NULL;
}

static void *tries(void *argument)
{
	CHECK_INT(pthread_once(&broken, leaves_first), 0);
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS];
	int through = 0;

	for (int i = 0; i < THREADS; i++)
		threads[i] = start(thread, NULL);
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(runs, 101);
	CHECK_INT(pthread_once(&once, slow), 0);
	CHECK_INT(runs, 101);
	ok("once");

	for (int i = 0; i < 10; i++)
		threads[i] = start(tries, (void *)1);
	for (int i = 0; i < 10; i++)
		through += (int)(intptr_t)join(threads[i]);
	CHECK_INT(through, 9);
	CHECK_INT(attempts, 2);
	ok("not counted when left by pthread_exit");
	return 0;
}
