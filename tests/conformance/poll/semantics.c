/*
 * poll(2), ppoll(2): events and revents of every kind, negative descriptors,
 * POLLNVAL, timeouts 0, finite and -1, regular files, duplicates in the set.
 */
#include "lib.h"

static int fds[2];

static void *late(void *argument)
{
	sleep_ms(30);
	if ((intptr_t)argument == 1)
		CHECK_INT(write(fds[1], "x", 1), 1);
	else
		close(fds[1]);
	return NULL;
}

static void checks(void)
{
	struct pollfd set[4];
	struct timespec ts = { 0, 40000000 }, kept;
	long long before;
	pthread_t thread;
	char byte;
	int file;

	CHECK_INT(pipe(fds), 0);
	set[0] = (struct pollfd){ fds[0], POLLIN, -1 };
	set[1] = (struct pollfd){ fds[1], POLLOUT, -1 };
	CHECK_INT(poll(set, 1, 0), 0);
	CHECK_INT(set[0].revents, 0);
	CHECK_INT(poll(set, 2, -1), 1);
	CHECK_INT(set[0].revents, 0);
	CHECK_INT(set[1].revents, POLLOUT);
	before = now_ms();
	CHECK_INT(poll(set, 1, 50), 0);
	CHECK(now_ms() - before >= 49);
	ok("timeouts");

	thread = start(late, (void *)1);
	set[1] = (struct pollfd){ -1, POLLIN, -1 };
	set[2] = (struct pollfd){ fds[0], POLLIN | POLLRDNORM, -1 };
	CHECK_INT(poll(set, 3, 20000), 2);
	CHECK_INT(set[0].revents, POLLIN);
	CHECK_INT(set[1].revents, 0);
	CHECK_INT(set[2].revents, POLLIN | POLLRDNORM);
	join(thread);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	ok("data, and one descriptor twice");

	thread = start(late, (void *)0);
	set[0].events = 0;
	CHECK_INT(poll(set, 1, -1), 1);
	CHECK_INT(set[0].revents, POLLHUP);
	join(thread);
	close(fds[0]);
	CHECK_INT(pipe(fds), 0);
	close(fds[0]);
	set[0] = (struct pollfd){ fds[1], POLLOUT, 0 };
	CHECK_INT(poll(set, 1, -1), 1);
	CHECK_INT(set[0].revents, POLLOUT | POLLERR);
	close(fds[1]);
	ok("POLLHUP, POLLERR");

	set[0] = (struct pollfd){ fds[1], POLLIN, 0 };
	CHECK_INT(poll(set, 1, -1), 1);
	CHECK_INT(set[0].revents, POLLNVAL);
	set[0].fd = 1 << 30;
	CHECK_INT(poll(set, 1, -1), 1);
	CHECK_INT(set[0].revents, POLLNVAL);
	ok("POLLNVAL");

	file = scratch_file();
	set[0] = (struct pollfd){ file, POLLIN | POLLOUT, 0 };
	CHECK_INT(poll(set, 1, -1), 1);
	CHECK_INT(set[0].revents, POLLIN | POLLOUT);
	close(file);
	ok("a regular file");

	stream_pair(fds);
	set[0] = (struct pollfd){ fds[0], POLLIN | POLLRDHUP, 0 };
	CHECK_INT(shutdown(fds[1], SHUT_WR), 0);
	CHECK_INT(poll(set, 1, -1), 1);
	CHECK_INT(set[0].revents, POLLIN | POLLRDHUP);
	close(fds[1]);
	CHECK_INT(poll(set, 1, -1), 1);
	CHECK_INT(set[0].revents, POLLIN | POLLRDHUP | POLLHUP);
	close(fds[0]);
	ok("POLLRDHUP");

	before = now_ms();
	CHECK_INT(poll(NULL, 0, 30), 0);
	CHECK(now_ms() - before >= 29);
	CHECK_INT(pipe(fds), 0);
	set[0] = (struct pollfd){ fds[0], POLLIN, 0 };
	kept = ts;
	before = now_ms();
	CHECK_INT(ppoll(set, 1, &ts, NULL), 0);
	CHECK(now_ms() - before >= 39);
	CHECK(memcmp(&ts, &kept, sizeof(ts)) == 0);
	ts.tv_nsec = -1;
	CHECK_ERRNO(ppoll(set, 1, &ts, NULL), EINVAL);
	CHECK_ERRNO(poll(UNSEEN((struct pollfd *)8), 1, 0), EFAULT);
	CHECK_ERRNO(poll(set, UNSEEN(1 << 30), 0), EINVAL);
	close(fds[0]);
	close(fds[1]);
	ok("ppoll and errors");
}

int main(void)
{
	run_both(checks);
	return 0;
}
