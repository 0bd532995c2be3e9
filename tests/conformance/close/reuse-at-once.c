/*
 * close(2), open(2): the lowest number is used again at once. A descriptor
 * that is closed and opened again as something else inherits nothing from the
 * old one: no readiness, end of file, timeout or O_NONBLOCK.
 */
#include "lib.h"
#include <sys/eventfd.h>

static void *late_writer(void *argument)
{
	sleep_ms(2);
	CHECK_INT(write((int)(intptr_t)argument, "ok", 2), 2);
	return NULL;
}

static void *churn(void *argument)
{
	char data[8];
	struct timeval soon = { 0, 1000 };

	(void)argument;
	for (int i = 0; i < 60; i++) {
		pthread_t thread;
		int fds[2], flags;

		/* Leaves behind: hang-up, error, timeout, O_NONBLOCK. */
		stream_pair(fds);
		CHECK_INT(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &soon,
				     sizeof(soon)),
			  0);
		if (i % 2)
			CHECK_ERRNO(read(fds[0], data, 1), EAGAIN);
		flags = fcntl(fds[0], F_GETFL);
		CHECK_INT(fcntl(fds[0], F_SETFL, flags | O_NONBLOCK), 0);
		close(fds[1]);
		CHECK_INT(read(fds[0], data, 1), 0);
		close(fds[0]);

		/* A read waits on what has the numbers now. */
		open_pair(fds, i % PAIR_KINDS);
		CHECK_INT(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
		thread = start(late_writer, (void *)(intptr_t)fds[1]);
		CHECK_INT(read(fds[0], data, 8), 2);
		join(thread);
		close(fds[0]);
		close(fds[1]);
	}
	return NULL;
}

static void checks(void)
{
	int fds[2], event;

	stream_pair(fds);
	event = fds[0];
	close(fds[0]);
	CHECK_INT(eventfd(0, 0), event);
	close(event);
	CHECK_INT(open("/dev/null", O_RDONLY), event);
	close(event);
	CHECK_ERRNO(close(event), EBADF);
	close(fds[1]);
	CHECK_ERRNO(close(-1), EBADF);
	ok("the same number");
	churn(NULL);
	ok("nothing of the old one");
}

int main(void)
{
	pthread_t threads[20];

	run_both(checks);
	for (int i = 0; i < 20; i++)
		threads[i] = start(churn, NULL);
	for (int i = 0; i < 20; i++)
		join(threads[i]);
	ok("in 20 threads");
	return 0;
}
