/*
 * The kernel counts the sends with MSG_ZEROCOPY, and marks the last byte of
 * each send for timestamps: a large one that waits for its reader was several
 * when greened.
 */
#include "lib.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

#define SIZE  (3 << 20)
#define CALLS 3

static int fds[2];
static char data[SIZE];

static void *drain(void *argument)
{
	static char got[1 << 18];
	size_t left = (size_t)SIZE * CALLS;

	while (left > 0) {
		ssize_t n = recv(fds[1], got, sizeof(got), 0);

		CHECK(n > 0);
		left -= (size_t)n;
		sleep_ms(1);
	}
	return argument;
}

/* How many notices there are about which numbers; waits for the last. */
static void notices(uint32_t last)
{
	char control[300];
	uint32_t number = UINT32_MAX;
	int waits = 0;

	while (number != last && waits < 1000) {
		struct msghdr m = { .msg_control = control,
				    .msg_controllen = sizeof(control) };
		struct sock_extended_err *e = NULL;
		struct cmsghdr *c;

		if (recvmsg(fds[0], &m, MSG_ERRQUEUE) < 0) {
			CHECK_INT(errno, EAGAIN);
			sleep_ms(2);
			waits++;
			continue;
		}
		for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
			if (c->cmsg_level == SOL_IP &&
			    c->cmsg_type == IP_RECVERR)
				e = (struct sock_extended_err *)CMSG_DATA(c);
		CHECK(e);
		number = e->ee_data;
		CHECK(number <= last);
		if (e->ee_origin == SO_EE_ORIGIN_TIMESTAMPING)
			printf("a time for byte %u\n", number);
	}
	CHECK_INT(number, last);
}

static void send_all(int how, int flags)
{
	pthread_t thread = start(drain, NULL);

	for (int i = 0; i < CALLS; i++) {
		struct iovec iov[2] = { { data, 1000 },
					{ data + 1000, SIZE - 1000 } };
		struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
		ssize_t n = how == 0   ? send(fds[0], data, SIZE, flags)
			    : how == 1 ? sendmsg(fds[0], &m, flags)
			    : how == 2 ? write(fds[0], data, SIZE)
				       : writev(fds[0], iov, 2);

		CHECK_INT(n, SIZE);
	}
	join(thread);
}

static void small_pair(void)
{
	int size = 60000;

	tcp_pair(fds);
	setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static void checks(void)
{
	for (int how = 0; how < 2; how++) {
		int on = 1;

		small_pair();
		if (setsockopt(fds[0], SOL_SOCKET, SO_ZEROCOPY, &on,
			       sizeof(on)))
			FAIL("SO_ZEROCOPY: %s", strerror(errno));
		send_all(how, MSG_ZEROCOPY);
		notices(CALLS - 1);
		ok("one number for one call");
		close(fds[0]);
		close(fds[1]);
	}
	for (int how = 0; how < 4; how++) {
		int on = SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE |
			 SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;

		small_pair();
		CHECK_INT(setsockopt(fds[0], SOL_SOCKET, SO_TIMESTAMPING, &on,
				     sizeof(on)),
			  0);
		send_all(how, 0);
		notices((uint32_t)SIZE * CALLS - 1);
		ok("one time for one call");
		close(fds[0]);
		close(fds[1]);
	}
}

int main(void)
{
	run_both(checks);
	return 0;
}
