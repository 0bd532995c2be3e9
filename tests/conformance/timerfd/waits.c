/*
 * timerfd_create(2): read waits for an expiration and returns the count; 100
 * threads; poll; a disarmed timer does not end the wait.
 */
#include "lib.h"
#include <sys/timerfd.h>

#define THREADS 100

static void *waits(void *argument)
{
	int ms = 20 + (int)(intptr_t)argument;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct itimerspec once = { { 0, 0 }, { 0, ms * 1000000L } };
	struct pollfd pollfd = { fd, POLLIN, 0 };
	long long before = now_ms();
	uint64_t count = 0;

	CHECK(fd >= 0);
	CHECK_INT(timerfd_settime(fd, 0, &once, NULL), 0);
	CHECK_INT(read(fd, &count, sizeof(count)), sizeof(count));
	CHECK_INT(count, 1);
	CHECK(now_ms() - before >= ms - 1);
	once.it_interval.tv_nsec = 2000000;
	once.it_value.tv_nsec = 2000000;
	CHECK_INT(timerfd_settime(fd, 0, &once, NULL), 0);
	sleep_ms(11);
	CHECK_INT(poll(&pollfd, 1, -1), 1);
	CHECK_INT(read(fd, &count, sizeof(count)), sizeof(count));
	CHECK(count >= 5);
	CHECK_ERRNO(read(fd, &count, 4), EINVAL);
	close(fd);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		threads[i] = start(waits, (void *)(intptr_t)i);
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("%d timers", THREADS);
	return 0;
}
