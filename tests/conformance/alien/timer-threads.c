// LIBS: -lrt
/*
 * Functions of SIGEV_THREAD timers run in threads that libc makes, and may
 * call anything: read and write, sleep, lock, print, create and join threads,
 * post semaphores that other threads wait for.
 */
#include "lib.h"
#include <semaphore.h>

#define TIMERS 10

static sem_t done;
static int pairs[TIMERS][2];

static void *made_by_alien(void *argument)
{
	int fd = pairs[(intptr_t)argument][0];
	char data[8];

	CHECK_INT(read(fd, data, 5), 5);
	CHECK_INT(write(fd, data, 5), 5);
	return argument;
}

static void expired(union sigval value)
{
	int n = value.sival_int;
	struct pollfd pollfd = { pairs[n][1], POLLIN, 0 };
	char data[8], text[16];
	pthread_t thread = start(made_by_alien, (void *)(intptr_t)n);

	sleep_ms(10);
	snprintf(text, sizeof(text), "hello");
	CHECK_INT(write(pairs[n][1], text, 5), 5);
	CHECK_INT(poll(&pollfd, 1, 20000), 1);
	CHECK_INT(read(pairs[n][1], data, 5), 5);
	CHECK(memcmp(data, "hello", 5) == 0);
	CHECK_INT((intptr_t)join(thread), n);
	CHECK_INT(sem_post(&done), 0);
}

int main(void)
{
	timer_t timers[TIMERS];

	be_threaded();
	CHECK_INT(sem_init(&done, 0, 0), 0);
	for (int i = 0; i < TIMERS; i++) {
		struct sigevent event = { .sigev_notify = SIGEV_THREAD,
					  .sigev_notify_function = expired,
					  .sigev_value.sival_int = i };
		struct itimerspec once = { { 0, 0 }, { 0, 1000000 * (i + 1) } };

		stream_pair(pairs[i]);
		CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timers[i]), 0);
		CHECK_INT(timer_settime(timers[i], 0, &once, NULL), 0);
	}
	for (int i = 0; i < TIMERS; i++)
		CHECK_INT(sem_wait(&done), 0);
	for (int i = 0; i < TIMERS; i++)
		CHECK_INT(timer_delete(timers[i]), 0);
	ok("%d timers", TIMERS);
	return 0;
}
