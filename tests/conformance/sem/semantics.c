/*
 * sem_overview(7): counts, waits, the timed forms on both clocks, EAGAIN,
 * EOVERFLOW, EINVAL; 200 waiters; named semaphores.
 */
#include "lib.h"
#include <semaphore.h>

#define THREADS 200

static sem_t sem;
static int passed;

static void *waiter(void *argument)
{
	(void)argument;
	CHECK_INT(sem_wait(&sem), 0);
	__atomic_add_fetch(&passed, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void checks(void)
{
	struct timespec until, bad = { 1, 1000000000 };
	pthread_t threads[THREADS];
	long long before;
	int value;

	CHECK_INT(sem_init(&sem, 0, 2), 0);
	CHECK_INT(sem_wait(&sem), 0);
	CHECK_INT(sem_trywait(&sem), 0);
	CHECK_ERRNO(sem_trywait(&sem), EAGAIN);
	CHECK_INT(sem_getvalue(&sem, &value), 0);
	CHECK_INT(value, 0);
	before = now_ms();
	until = in_ms(CLOCK_REALTIME, 30);
	CHECK_ERRNO(sem_timedwait(&sem, &until), ETIMEDOUT);
	until = in_ms(CLOCK_MONOTONIC, 30);
	CHECK_ERRNO(sem_clockwait(&sem, CLOCK_MONOTONIC, &until), ETIMEDOUT);
	CHECK(now_ms() - before >= 58);
	CHECK_ERRNO(sem_timedwait(&sem, &bad), EINVAL);
	CHECK_ERRNO(sem_clockwait(&sem, CLOCK_BOOTTIME, &until), EINVAL);
	CHECK_INT(sem_post(&sem), 0);
	CHECK_INT(sem_getvalue(&sem, &value), 0);
	CHECK_INT(value, 1);
	until = in_ms(CLOCK_REALTIME, -1000);
	CHECK_INT(sem_timedwait(&sem, &until), 0);
	ok("counts and times");

	passed = 0;
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(waiter, NULL);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < THREADS / 2; i++)
		CHECK_INT(sem_post(&sem), 0);
	WAIT_UNTIL(__atomic_load_n(&passed, __ATOMIC_SEQ_CST) == THREADS / 2);
	settle();
	CHECK_INT(__atomic_load_n(&passed, __ATOMIC_SEQ_CST), THREADS / 2);
	for (int i = 0; i < THREADS / 2; i++)
		CHECK_INT(sem_post(&sem), 0);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(sem_destroy(&sem), 0);
	ok("%d waiters", THREADS);

	CHECK_ERRNO(sem_init(&sem, 0, 0x80000000u), EINVAL);
	CHECK_INT(sem_init(&sem, 0, SEM_VALUE_MAX), 0);
	CHECK_ERRNO(sem_post(&sem), EOVERFLOW);
	CHECK_INT(sem_destroy(&sem), 0);
	ok("limits");
}

static sem_t *named;

static void *named_waiter(void *argument)
{
	CHECK_INT(sem_wait(named), 0);
	return argument;
}

int main(void)
{
	pthread_t threads[10];
	char name[64];
	pid_t pid;

	run_both(checks);
	snprintf(name, sizeof(name), "/conformance-%d", getpid());
	named = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
	CHECK(named != SEM_FAILED);
	CHECK(sem_open(name, O_CREAT | O_EXCL, 0600, 0) == SEM_FAILED);
	CHECK_INT(errno, EEXIST);
	for (int i = 0; i < 10; i++)
		threads[i] = start(named_waiter, NULL);
	settle();
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		/* Another process wakes them. */
		sem_t *again = sem_open(name, 0);

		for (int i = 0; i < 10; i++)
			if (sem_post(again))
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < 10; i++)
		join(threads[i]);
	CHECK_INT(wait_for(pid), 0);
	CHECK_INT(sem_close(named), 0);
	CHECK_INT(sem_unlink(name), 0);
	CHECK_ERRNO(sem_unlink(name), ENOENT);
	ok("named, posted by a child");
	return 0;
}
