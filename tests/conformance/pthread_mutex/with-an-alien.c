// LIBS: -lrt
/*
 * A mutex, a condition variable, a semaphore and a pipe shared between the
 * program's threads and a thread that libc made (the one that runs a
 * SIGEV_THREAD timer's function): each side excludes and wakes the other.
 */
#include "lib.h"
#include <semaphore.h>

#define THREADS 10
#define TICKS	60

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t tick_sem, back_sem;
static int inside, count, ticks, fds[2];
static __thread int per_thread = 9;

static void on_tick(union sigval value)
{
	CHECK(value.sival_ptr == &mutex);
	CHECK_INT(per_thread, 9);
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	CHECK_INT(inside++, 0);
	count++;
	usleep(300);
	CHECK_INT(--inside, 0);
	ticks++;
	CHECK_INT(pthread_cond_broadcast(&cond), 0);
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	CHECK_INT(sem_post(&tick_sem), 0);
	CHECK_INT(write(fds[1], "t", 1), 1);
	/* The other way round: an alien waits for a thread. */
	CHECK_INT(sem_wait(&back_sem), 0);
}

static void *thread(void *argument)
{
	(void)argument;
	for (;;) {
		CHECK_INT(pthread_mutex_lock(&mutex), 0);
		CHECK_INT(inside++, 0);
		count++;
		sched_yield();
		CHECK_INT(--inside, 0);
		int all = ticks >= TICKS;
		CHECK_INT(pthread_mutex_unlock(&mutex), 0);
		if (all)
			return NULL;
		usleep(100);
	}
}

static void *cond_waiter(void *argument)
{
	int seen = 0;

	(void)argument;
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
	while (ticks < TICKS) {
		int last = ticks;

		while (ticks == last)
			CHECK_INT(pthread_cond_wait(&cond, &mutex), 0);
		seen++;
	}
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	CHECK(seen > 0);
	return NULL;
}

int main(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD,
				  .sigev_notify_function = on_tick,
				  .sigev_value.sival_ptr = &mutex };
	struct itimerspec every = { { 0, 3000000 }, { 0, 3000000 } };
	struct itimerspec never = { { 0, 0 }, { 0, 0 } };
	pthread_t threads[2 * THREADS];
	timer_t timer;
	char byte;

	CHECK_INT(pipe(fds), 0);
	CHECK_INT(sem_init(&tick_sem, 0, 0), 0);
	CHECK_INT(sem_init(&back_sem, 0, 0), 0);
	for (int i = 0; i < THREADS; i++) {
		threads[2 * i] = start(thread, NULL);
		threads[2 * i + 1] = start(cond_waiter, NULL);
	}
	CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	CHECK_INT(timer_settime(timer, 0, &every, NULL), 0);
	for (int i = 0; i < TICKS; i++) {
		CHECK_INT(sem_wait(&tick_sem), 0);
		CHECK_INT(read(fds[0], &byte, 1), 1);
		CHECK_INT(sem_post(&back_sem), 0);
	}
	CHECK_INT(timer_settime(timer, 0, &never, NULL), 0);
	for (int i = 0; i < 100; i++)
		CHECK_INT(sem_post(&back_sem), 0);
	for (int i = 0; i < 2 * THREADS; i++)
		join(threads[i]);
	ok("shared with an alien");
	return 0;
}
