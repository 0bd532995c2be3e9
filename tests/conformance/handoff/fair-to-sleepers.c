/*
 * Threads whose I/O never has to wait (a pipe that the thread itself filled,
 * /dev/zero, a ping-pong) do not starve threads that sleep or read.
 */
#include "lib.h"

static volatile int stop;
static int pings[2];

static void *never_waits(void *argument)
{
	char data[64];
	int fds[2], zero = open("/dev/zero", O_RDONLY);

	(void)argument;
	CHECK_INT(pipe(fds), 0);
	while (!stop) {
		CHECK_INT(write(fds[1], data, sizeof(data)), sizeof(data));
		CHECK_INT(read(fds[0], data, sizeof(data)), sizeof(data));
		CHECK_INT(read(zero, data, sizeof(data)), sizeof(data));
	}
	close(zero);
	close(fds[0]);
	close(fds[1]);
	return NULL;
}

static void *ping_pong(void *argument)
{
	int fd = pings[(intptr_t)argument];
	char byte = 'p';

	while (read(fd, &byte, 1) == 1 && byte != 'q')
		CHECK_INT(write(fd, &byte, 1), 1);
	byte = 'q';
	if (write(fd, &byte, 1) != 1)
		return NULL;
	return NULL;
}

static void *yields(void *argument)
{
	(void)argument;
	while (!stop)
		sched_yield();
	return NULL;
}

static void *locks(void *argument)
{
	while (!stop) {
		pthread_mutex_lock(argument);
		pthread_mutex_unlock(argument);
	}
	return NULL;
}

static void *late_writer(void *argument)
{
	sleep_ms(10);
	CHECK_INT(write((int)(intptr_t)argument, "x", 1), 1);
	return NULL;
}

int main(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_t threads[7];
	int fds[2];
	long long before = now_ms();

	stream_pair(pings);
	threads[0] = start(never_waits, NULL);
	threads[1] = start(never_waits, NULL);
	threads[2] = start(ping_pong, (void *)0);
	threads[3] = start(ping_pong, (void *)1);
	CHECK_INT(write(pings[0], "p", 1), 1);
	threads[4] = start(yields, NULL);
	threads[5] = start(locks, &mutex);
	threads[6] = start(locks, &mutex);

	CHECK_INT(pipe(fds), 0);
	for (int i = 0; i < 20; i++) {
		pthread_t writer = start(late_writer, (void *)(intptr_t)fds[1]);
		char byte;

		sleep_ms(1);
		CHECK_INT(read(fds[0], &byte, 1), 1);
		join(writer);
	}
	if (now_ms() - before > 15000)
		FAIL("took %lld ms", now_ms() - before);
	stop = 1;
	CHECK_INT(write(pings[0], "q", 1), 1);
	for (int i = 0; i < 7; i++)
		join(threads[i]);
	ok("sleepers and readers get their turn");
	return 0;
}
