/*
 * close_range(2), closefrom(3): they close, or mark with CLOSE_RANGE_CLOEXEC,
 * exactly the range, and the process still works afterwards: a runtime that
 * keeps descriptors of its own must move them away or recover.
 */
#include "lib.h"
#include <linux/close_range.h>

static void *echo(void *argument)
{
	int fd = (int)(intptr_t)argument;
	char byte;

	while (read(fd, &byte, 1) == 1)
		CHECK_INT(write(fd, &byte, 1), 1);
	return NULL;
}

/* Threads, sockets and sleeping still work. */
static void still_works(void)
{
	pthread_t threads[10];
	int fds[10][2];

	for (int i = 0; i < 10; i++) {
		stream_pair(fds[i]);
		threads[i] = start(echo, (void *)(intptr_t)fds[i][0]);
	}
	for (int i = 0; i < 100; i++) {
		char byte = (char)i, back;

		CHECK_INT(write(fds[i % 10][1], &byte, 1), 1);
		CHECK_INT(read(fds[i % 10][1], &back, 1), 1);
		CHECK_INT(back, byte);
	}
	sleep_ms(5);
	for (int i = 0; i < 10; i++) {
		close(fds[i][1]);
		join(threads[i]);
		close(fds[i][0]);
	}
}

static void checks(void)
{
	int fds[4];

	for (int i = 0; i < 4; i++)
		fds[i] = open("/dev/null", O_RDONLY);
	for (int i = 1; i < 4; i++)
		CHECK_INT(fds[i], fds[0] + i);
	CHECK_INT(close_range(fds[1], fds[2], CLOSE_RANGE_CLOEXEC), 0);
	CHECK_INT(fcntl(fds[1], F_GETFD), FD_CLOEXEC);
	CHECK_INT(fcntl(fds[3], F_GETFD), 0);
	CHECK_INT(close_range(fds[1], fds[2], 0), 0);
	CHECK_ERRNO(fcntl(fds[1], F_GETFD), EBADF);
	CHECK_ERRNO(fcntl(fds[2], F_GETFD), EBADF);
	CHECK_INT(fcntl(fds[0], F_GETFD), 0);
	CHECK_INT(fcntl(fds[3], F_GETFD), 0);
	CHECK_ERRNO(close_range(5, 4, 0), EINVAL);
	close(fds[3]);
	close(fds[0]);
	ok("close_range");
}

int main(void)
{
	run_both(checks);
	still_works();
	CHECK_INT(close_range(3, ~0U, 0), 0);
	still_works();
	ok("close_range to the end");
	closefrom(3);
	still_works();
	ok("closefrom");
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	still_works();
	ok("a loop of closes");
	return 0;
}
