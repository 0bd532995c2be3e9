/*
 * Read-write locks, barriers and semaphores (unnamed and named) shared between
 * processes, one of which is native.
 */
#include "peer.h"
#include <semaphore.h>

struct shared {
	pthread_rwlock_t lock;
	pthread_barrier_t barrier;
	sem_t sem, back;
	char name[32];
	int value;
};

#define ROUNDS	20
#define THREADS 3

enum { READS, WRITES, MEETS, POSTS, WAITS, NAMED };

static void reads(void)
{
	CHECK_INT(pthread_rwlock_tryrdlock(&shared->lock), EBUSY);
	reach(1);
	CHECK_INT(pthread_rwlock_rdlock(&shared->lock), 0);
	CHECK_INT(shared->value, 1);
	CHECK_INT(pthread_rwlock_unlock(&shared->lock), 0);
}

static void writes(void)
{
	CHECK_INT(pthread_rwlock_wrlock(&shared->lock), 0);
	reach(1);
	await(2);
	sleep_ms(20);
	shared->value = 2;
	CHECK_INT(pthread_rwlock_unlock(&shared->lock), 0);
}

static void *meet(void *argument)
{
	int serial = 0;

	for (int i = 0; i < ROUNDS; i++) {
		int r = pthread_barrier_wait(&shared->barrier);

		CHECK(r == 0 || r == PTHREAD_BARRIER_SERIAL_THREAD);
		serial += r != 0;
	}
	__atomic_fetch_add(&shared->value, serial, __ATOMIC_RELAXED);
	return argument;
}

static void meets(void)
{
	meet(NULL);
}

static void posts(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		CHECK_INT(sem_post(&shared->sem), 0);
		CHECK_INT(sem_wait(&shared->back), 0);
	}
}

static void waits(void)
{
	struct timespec until = in_ms(CLOCK_REALTIME, 20);

	CHECK_ERRNO(sem_timedwait(&shared->sem, &until), ETIMEDOUT);
	CHECK_ERRNO(sem_trywait(&shared->sem), EAGAIN);
	reach(1);
	CHECK_INT(sem_wait(&shared->sem), 0);
}

static void named(void)
{
	sem_t *sem = sem_open(shared->name, 0);

	CHECK(sem != SEM_FAILED);
	reach(1);
	CHECK_INT(sem_wait(sem), 0);
	CHECK_INT(sem_post(&shared->back), 0);
	sleep_ms(10);
	CHECK_INT(sem_post(sem), 0);
	CHECK_INT(sem_close(sem), 0);
}

static void (*const roles[])(void) = {
	reads, writes, meets, posts, waits, named
};

static void check_rwlock(void)
{
	pthread_rwlockattr_t attr;
	struct timespec until;
	pthread_t ticker;
	int before;
	pid_t pid;

	pthread_rwlockattr_init(&attr);
	CHECK_INT(pthread_rwlockattr_setpshared(&attr, PTHREAD_PROCESS_SHARED),
		  0);
	CHECK_INT(pthread_rwlock_init(&shared->lock, &attr), 0);
	CHECK_INT(pthread_rwlock_wrlock(&shared->lock), 0);
	CHECK_INT(pthread_rwlock_rdlock(&shared->lock), EDEADLK);
	pid = run_peer(READS);
	await(1);
	await_sleep();
	shared->value = 1;
	CHECK_INT(pthread_rwlock_unlock(&shared->lock), 0);
	CHECK_INT(wait_for(pid), 0);
	ok("the peer waits to read");

	ticker = ticker_start();
	pid = run_peer(WRITES);
	await(1);
	CHECK_INT(pthread_rwlock_trywrlock(&shared->lock), EBUSY);
	until = in_ms(CLOCK_REALTIME, 20);
	CHECK_INT(pthread_rwlock_timedrdlock(&shared->lock, &until), ETIMEDOUT);
	until = in_ms(CLOCK_MONOTONIC, 20);
	CHECK_INT(pthread_rwlock_clockwrlock(&shared->lock, CLOCK_MONOTONIC,
					     &until),
		  ETIMEDOUT);
	before = ticks();
	reach(2);
	CHECK_INT(pthread_rwlock_rdlock(&shared->lock), 0);
	CHECK_INT(shared->value, 2);
	CHECK(ticks() > before);
	CHECK_INT(pthread_rwlock_tryrdlock(&shared->lock), 0);
	CHECK_INT(pthread_rwlock_unlock(&shared->lock), 0);
	CHECK_INT(pthread_rwlock_unlock(&shared->lock), 0);
	CHECK_INT(wait_for(pid), 0);
	ticker_stop(ticker);
	CHECK_INT(pthread_rwlock_destroy(&shared->lock), 0);
	ok("we wait for a writer");
}

static void check_barrier(void)
{
	pthread_barrierattr_t attr;
	pthread_t threads[THREADS];
	pid_t pid;

	pthread_barrierattr_init(&attr);
	CHECK_INT(pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED),
		  0);
	CHECK_INT(pthread_barrier_init(&shared->barrier, &attr, THREADS + 1),
		  0);
	shared->value = 0;
	pid = run_peer(MEETS);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(meet, NULL);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(wait_for(pid), 0);
	CHECK_INT(shared->value, ROUNDS);
	CHECK_INT(pthread_barrier_destroy(&shared->barrier), 0);
	ok("barrier");
}

static void *consume(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		CHECK_INT(sem_wait(&shared->sem), 0);
		CHECK_INT(sem_post(&shared->back), 0);
	}
	return argument;
}

static void check_semaphore(void)
{
	pid_t pid;
	sem_t *sem;

	CHECK_INT(sem_init(&shared->sem, 1, 0), 0);
	CHECK_INT(sem_init(&shared->back, 1, 0), 0);
	pid = run_peer(POSTS);
	join(start(consume, NULL));
	CHECK_INT(wait_for(pid), 0);
	pid = run_peer(WAITS);
	await(1);
	await_sleep();
	CHECK_INT(sem_post(&shared->sem), 0);
	CHECK_INT(wait_for(pid), 0);
	ok("semaphores");

	snprintf(shared->name, sizeof(shared->name), "/conformance.%d",
		 (int)getpid());
	sem = sem_open(shared->name, O_CREAT | O_EXCL, 0600, 0);
	CHECK(sem != SEM_FAILED);
	CHECK(sem_open(shared->name, 0) == sem);
	CHECK_INT(sem_close(sem), 0);
	pid = run_peer(NAMED);
	await(1);
	await_sleep();
	CHECK_INT(sem_post(sem), 0);
	CHECK_INT(sem_wait(&shared->back), 0);
	CHECK_INT(sem_wait(sem), 0);
	CHECK_INT(wait_for(pid), 0);
	CHECK_INT(sem_unlink(shared->name), 0);
	CHECK(sem_open(shared->name, 0) == SEM_FAILED && errno == ENOENT);
	CHECK_INT(sem_close(sem), 0);
	ok("a named semaphore");
}

int main(int argc, char **argv)
{
	peer_or_not(argc, argv, sizeof(*shared), roles);
	check_rwlock();
	check_barrier();
	check_semaphore();
	return 0;
}
