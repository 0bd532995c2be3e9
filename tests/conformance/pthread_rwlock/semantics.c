/*
 * pthread_rwlock_*(3p): readers share, a writer excludes everybody; try and
 * timed forms; EDEADLK for a write lock that the caller holds; a preferred
 * writer is not starved.
 */
#include "lib.h"

#define READERS 100

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int readers_inside, writer_done, data[2], go;

static void *together(void *argument)
{
	(void)argument;
	CHECK_INT(pthread_rwlock_rdlock(&lock), 0);
	__atomic_add_fetch(&readers_inside, 1, __ATOMIC_SEQ_CST);
	/* No thread unlocks until all have locked. */
	while (__atomic_load_n(&readers_inside, __ATOMIC_SEQ_CST) < READERS)
		sleep_ms(1);
	CHECK_INT(pthread_rwlock_unlock(&lock), 0);
	return NULL;
}

static void *mixed(void *argument)
{
	unsigned seed = (unsigned)(uintptr_t)argument;

	for (int i = 0; i < 200; i++) {
		if (rand_r(&seed) % 10 == 0) {
			CHECK_INT(pthread_rwlock_wrlock(&lock), 0);
			data[0]++;
			if (rand_r(&seed) % 4 == 0)
				sched_yield();
			data[1]++;
		} else {
			CHECK_INT(pthread_rwlock_rdlock(&lock), 0);
			CHECK_INT(data[0], data[1]);
			if (rand_r(&seed) % 16 == 0)
				sched_yield();
			CHECK_INT(data[0], data[1]);
		}
		CHECK_INT(pthread_rwlock_unlock(&lock), 0);
	}
	return NULL;
}

static void *tries(void *argument)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 30);
	struct timespec mono = in_ms(CLOCK_MONOTONIC, 30);
	int want_read = (int)(intptr_t)argument;

	CHECK_INT(pthread_rwlock_trywrlock(&lock), EBUSY);
	CHECK_INT(pthread_rwlock_tryrdlock(&lock), want_read ? 0 : EBUSY);
	if (want_read)
		CHECK_INT(pthread_rwlock_unlock(&lock), 0);
	CHECK_INT(pthread_rwlock_timedwrlock(&lock, &soon), ETIMEDOUT);
	CHECK_INT(pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &mono),
		  ETIMEDOUT);
	if (!want_read) {
		soon = in_ms(CLOCK_REALTIME, 30);
		mono = in_ms(CLOCK_MONOTONIC, 30);
		CHECK_INT(pthread_rwlock_timedrdlock(&lock, &soon), ETIMEDOUT);
		CHECK_INT(pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC,
						     &mono),
			  ETIMEDOUT);
	}
	return NULL;
}

static void *greedy_reader(void *argument)
{
	while (!__atomic_load_n(&writer_done, __ATOMIC_SEQ_CST)) {
		CHECK_INT(pthread_rwlock_rdlock(argument), 0);
		__atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
		usleep(500);
		CHECK_INT(pthread_rwlock_unlock(argument), 0);
	}
	return NULL;
}

static void checks(void)
{
	CHECK_INT(pthread_rwlock_rdlock(&lock), 0);
	CHECK_INT(pthread_rwlock_rdlock(&lock), 0);
	join(start(tries, (void *)1));
	CHECK_INT(pthread_rwlock_unlock(&lock), 0);
	CHECK_INT(pthread_rwlock_unlock(&lock), 0);
	CHECK_INT(pthread_rwlock_wrlock(&lock), 0);
	CHECK_INT(pthread_rwlock_wrlock(&lock), EDEADLK);
	CHECK_INT(pthread_rwlock_rdlock(&lock), EDEADLK);
	join(start(tries, (void *)0));
	CHECK_INT(pthread_rwlock_unlock(&lock), 0);
	ok("try and timed");
}

int main(void)
{
	pthread_t threads[READERS];
	pthread_rwlockattr_t attr;
	pthread_rwlock_t prefers;

	run_both(checks);
	/* Readers that wait for a writer and then hold the lock together. */
	CHECK_INT(pthread_rwlock_wrlock(&lock), 0);
	for (int i = 0; i < READERS; i++)
		threads[i] = start(together, NULL);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	CHECK_INT(readers_inside, 0);
	CHECK_INT(pthread_rwlock_unlock(&lock), 0);
	for (int i = 0; i < READERS; i++)
		join(threads[i]);
	ok("readers share");
	for (int i = 0; i < READERS; i++)
		threads[i] = start(mixed, (void *)(intptr_t)i);
	for (int i = 0; i < READERS; i++)
		join(threads[i]);
	ok("a writer is alone");

	CHECK_INT(pthread_rwlockattr_init(&attr), 0);
	CHECK_INT(pthread_rwlockattr_setkind_np(
			  &attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP),
		  0);
	CHECK_INT(pthread_rwlock_init(&prefers, &attr), 0);
	for (int i = 0; i < 20; i++)
		threads[i] = start(greedy_reader, &prefers);
	WAIT_UNTIL(__atomic_load_n(&go, __ATOMIC_SEQ_CST));
	CHECK_INT(pthread_rwlock_wrlock(&prefers), 0);
	__atomic_store_n(&writer_done, 1, __ATOMIC_SEQ_CST);
	CHECK_INT(pthread_rwlock_unlock(&prefers), 0);
	for (int i = 0; i < 20; i++)
		join(threads[i]);
	CHECK_INT(pthread_rwlock_destroy(&prefers), 0);
	ok("a writer is preferred");
	return 0;
}
