/*
 * recvmmsg(2), sendmmsg(2): waiting for the first message, MSG_WAITFORONE, the
 * count returned, lengths filled in, and the timeout, which is checked after
 * each message.
 */
#include "lib.h"

#define BATCH 8

static int fds[2];

static void *sender(void *argument)
{
	int count = (int)(intptr_t)argument;
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	char text[BATCH][16];

	sleep_ms(20);
	memset(msgs, 0, sizeof(msgs));
	for (int i = 0; i < count; i++) {
		iov[i] = (struct iovec){
			text[i], snprintf(text[i], 16, "number %d", 1 << i)
		};
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	CHECK_INT(sendmmsg(fds[1], msgs, count, 0), count);
	for (int i = 0; i < count; i++)
		CHECK_INT(msgs[i].msg_len, iov[i].iov_len);
	return NULL;
}

static void checks(void)
{
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	char text[BATCH][16], want[16];
	pthread_t thread;
	struct timespec timeout = { 0, 1 };

	CHECK_INT(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	memset(msgs, 0, sizeof(msgs));
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ text[i], 16 };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}

	/* All of them, however they come. */
	thread = start(sender, (void *)5);
	CHECK_INT(recvmmsg(fds[0], msgs, 5, 0, NULL), 5);
	join(thread);
	for (int i = 0; i < 5; i++) {
		int len = snprintf(want, 16, "number %d", 1 << i);

		CHECK_INT(msgs[i].msg_len, len);
		CHECK(memcmp(text[i], want, len) == 0);
	}
	ok("a batch");

	CHECK_INT(send(fds[1], "one", 3, 0), 3);
	CHECK_INT(send(fds[1], "two", 3, 0), 3);
	CHECK_INT(recvmmsg(fds[0], msgs, BATCH, MSG_WAITFORONE, NULL), 2);
	ok("MSG_WAITFORONE");

	thread = start(sender, (void *)1);
	CHECK_INT(recvmmsg(fds[0], msgs, BATCH, MSG_WAITFORONE, NULL), 1);
	join(thread);
	ok("MSG_WAITFORONE waits for one");

	CHECK_ERRNO(recvmmsg(fds[0], msgs, BATCH, MSG_DONTWAIT, NULL), EAGAIN);
	ok("MSG_DONTWAIT");

	/* The timeout has passed when the first message is there. */
	CHECK_INT(send(fds[1], "one", 3, 0), 3);
	CHECK_INT(send(fds[1], "two", 3, 0), 3);
	CHECK_INT(recvmmsg(fds[0], msgs, BATCH, 0, &timeout), 1);
	CHECK_INT(recv(fds[0], text[0], 16, 0), 3);
	ok("a timeout");

	CHECK_ERRNO(recvmmsg(-1, msgs, BATCH, 0, NULL), EBADF);
	CHECK_ERRNO(sendmmsg(STDIN_FILENO, msgs, 1, 0), ENOTSOCK);
	ok("errors");
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	run_both(checks);
	return 0;
}
