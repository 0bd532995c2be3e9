/*
 * Several threads receive from one socket: each message goes to exactly one of
 * them, and no thread keeps waiting while messages are there.
 */
#include "lib.h"

#define THREADS	 20
#define MESSAGES 2000

static int fds[2];
static int received, sum;

static void *receiver(void *argument)
{
	int value;

	(void)argument;
	for (;;) {
		ssize_t got = recv(fds[0], &value, sizeof(value), 0);

		if (got == 0)
			return NULL;
		CHECK_INT(got, sizeof(value));
		__atomic_add_fetch(&sum, value, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&received, 1, __ATOMIC_SEQ_CST);
	}
}

int main(void)
{
	pthread_t threads[THREADS];

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(receiver, NULL);
	for (int i = 1; i <= MESSAGES; i++) {
		CHECK_INT(send(fds[1], &i, sizeof(i), 0), sizeof(i));
		if (i % 100 == 0)
			sleep_ms(1);
	}
	WAIT_UNTIL(__atomic_load_n(&received, __ATOMIC_SEQ_CST) == MESSAGES);
	CHECK_INT(sum, MESSAGES * (MESSAGES + 1) / 2);
	ok("each message once");
	close(fds[1]);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("the end reaches all");
	return 0;
}
