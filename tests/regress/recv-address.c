/*
 * recvfrom that asks for the sender's address once had a loop of its own: when
 * greened, MSG_WAITALL returned the first byte alone, and MSG_ERRQUEUE, which
 * never waits, waited for ever.
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

static void *ask_for_errors(void *argument)
{
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	char byte;

	CHECK_ERRNO(recvfrom(fds[0], &byte, 1, MSG_ERRQUEUE,
			     (struct sockaddr *)&from, &size),
		    EAGAIN);
	return argument;
}

static void checks(void)
{
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	char data[20];
	pthread_t thread;

	stream_pair(fds);
	thread = start(in_drops, NULL);
	CHECK_INT(recvfrom(fds[0], data, 20, MSG_WAITALL,
			   (struct sockaddr *)&from, &size),
		  20);
	join(thread);
	close(fds[0]);
	close(fds[1]);
	ok("all of it");

	tcp_pair(fds);
	thread = start(in_drops, NULL);
	CHECK_INT(recvfrom(fds[0], data, 20, MSG_WAITALL | MSG_PEEK,
			   (struct sockaddr *)&from, &size),
		  20);
	join(thread);
	CHECK_INT(recv(fds[0], data, 20, MSG_DONTWAIT), 20);
	close(fds[0]);
	close(fds[1]);
	ok("a look at all of it");

	fds[0] = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK(fds[0] >= 0);
	join(start(ask_for_errors, NULL));
	close(fds[0]);
	ok("no errors, and no wait");
}

int main(void)
{
	run_both(checks);
	return 0;
}
