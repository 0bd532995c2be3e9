/*
 * recv(2) with MSG_WAITALL, MSG_PEEK, MSG_DONTWAIT and MSG_TRUNC, in every
 * thread: a shim that adds MSG_DONTWAIT to each call must still keep the
 * promises of these flags.
 */
#include "lib.h"

static int fds[2];

static void *in_drops(void *argument)
{
	int count = (int)(intptr_t)argument;

	for (int i = 0; i < count; i++) {
		unsigned char byte = pattern_at(i);

		CHECK_INT(send(fds[1], &byte, 1, 0), 1);
		if (i % 10 == 0)
			sleep_ms(1);
	}
	return NULL;
}

static void *drops_then_end(void *argument)
{
	in_drops(argument);
	CHECK_INT(shutdown(fds[1], SHUT_WR), 0);
	return NULL;
}

static void checks(void)
{
	char data[200], peeked[200];
	pthread_t thread;

	for (int tcp = 0; tcp < 2; tcp++) {
		struct iovec iov[2] = { { data, 30 }, { data + 30, 70 } };
		struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

		open_pair(fds, tcp ? PAIR_TCP : PAIR_STREAM);
		CHECK_ERRNO(recv(fds[0], data, 1, MSG_DONTWAIT), EAGAIN);
		CHECK_INT(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
		ok("MSG_DONTWAIT");

		thread = start(in_drops, (void *)100);
		CHECK_INT(recv(fds[0], data, 100, MSG_WAITALL), 100);
		CHECK(is_pattern(data, 100, 0));
		join(thread);
		thread = start(in_drops, (void *)100);
		CHECK_INT(recvmsg(fds[0], &msg, MSG_WAITALL), 100);
		CHECK(is_pattern(data, 100, 0));
		join(thread);
		ok("MSG_WAITALL");

		/* Peeking waits, takes nothing, and gives the same again. */
		thread = start(in_drops, (void *)1);
		CHECK_INT(recv(fds[0], peeked, 5, MSG_PEEK), 1);
		join(thread);
		CHECK_INT(recv(fds[0], data, 1, 0), 1);
		CHECK(data[0] == peeked[0]);
		CHECK_INT(send(fds[1], "12345", 5, 0), 5);
		CHECK_INT(recv(fds[0], peeked, 100, MSG_PEEK), 5);
		CHECK_INT(recv(fds[0], peeked, 3, MSG_PEEK), 3);
		CHECK_INT(recv(fds[0], data, 100, 0), 5);
		CHECK(memcmp(data, peeked, 3) == 0);
		ok("MSG_PEEK");

		/* WAITALL gives less when the stream ends. */
		thread = start(drops_then_end, (void *)50);
		CHECK_INT(recv(fds[0], data, 100, MSG_WAITALL), 50);
		CHECK_INT(recv(fds[0], data, 100, MSG_WAITALL), 0);
		join(thread);
		ok("MSG_WAITALL at the end");
		close(fds[0]);
		close(fds[1]);
	}
	CHECK_ERRNO(recv(-1, data, 1, 0), EBADF);
	CHECK_ERRNO(recv(STDIN_FILENO, data, 1, 0), ENOTSOCK);
	CHECK_ERRNO(recv(STDIN_FILENO, data, 1, MSG_DONTWAIT), ENOTSOCK);
	ok("errors");
}

int main(void)
{
	run_both(checks);
	return 0;
}
