/*
 * recvmmsg(2): MSG_WAITALL is each message's, as in recvmsg; one call takes any
 * number of messages; and flags that recvmsg knows mean the same.
 */
#include "lib.h"

#define MANY 1500

static int fds[2];

static void *in_drops(void *argument)
{
	for (int i = 0; i < 12; i++) {
		write_all(fds[1], &"abcdefghijkl"[i], 1);
		sleep_ms(1);
	}
	return argument;
}

static void *send_many(void *argument)
{
	for (int i = 0; i < MANY; i++)
		CHECK_INT(send(fds[1], &i, sizeof(i), 0), (int)sizeof(i));
	return argument;
}

static void all_of_each(int kind)
{
	char data[3][5] = { "", "", "" };
	struct iovec iov[3];
	struct mmsghdr m[3];
	pthread_t thread;

	open_pair(fds, kind);
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 3; i++) {
		iov[i] = (struct iovec){ data[i], 4 };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	thread = start(in_drops, NULL);
	printf("%d messages:", recvmmsg(fds[0], m, 3, MSG_WAITALL, NULL));
	join(thread);
	for (int i = 0; i < 3; i++)
		printf(" %u %s", m[i].msg_len, data[i]);
	printf("\n");
	close(fds[0]);
	close(fds[1]);
}

static void very_many(void)
{
	static int got[MANY];
	static struct iovec iov[MANY];
	static struct mmsghdr m[MANY];
	pthread_t thread;

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	memset(m, 0, sizeof(m));
	for (int i = 0; i < MANY; i++) {
		iov[i] = (struct iovec){ &got[i], sizeof(int) };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	thread = start(send_many, NULL);
	CHECK_INT(recvmmsg(fds[0], m, MANY, 0, NULL), MANY);
	for (int i = 0; i < MANY; i++)
		CHECK_INT(got[i], i);
	join(thread);
	close(fds[0]);
	close(fds[1]);
	ok("more than 1,024 messages");
}

static void checks(void)
{
	all_of_each(PAIR_TCP);
	all_of_each(PAIR_STREAM);
	very_many();
}

int main(void)
{
	run_both(checks);
	return 0;
}
