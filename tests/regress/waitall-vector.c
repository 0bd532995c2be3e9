/*
 * recvmsg with MSG_WAITALL once returned after the first byte when greened,
 * although recv did wait for everything.
 */
#include "lib.h"

static int fds[2];

static void *in_drops(void *argument)
{
	for (int i = 0; i < 20; i++) {
		CHECK_INT(write(fds[1], "x", 1), 1);
		sleep_ms(1);
	}
	return argument;
}

static void checks(void)
{
	char data[20];
	struct iovec iov[3] = { { data, 3 },
				{ data + 3, 10 },
				{ data + 13, 7 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };
	pthread_t thread;

	stream_pair(fds);
	thread = start(in_drops, NULL);
	CHECK_INT(recvmsg(fds[0], &msg, MSG_WAITALL), 20);
	join(thread);
	/* The caller's vector is unchanged. */
	CHECK(iov[0].iov_len == 3 && iov[1].iov_base == data + 3);
	close(fds[0]);
	close(fds[1]);
	ok("all of it");
}

int main(void)
{
	run_both(checks);
	return 0;
}
