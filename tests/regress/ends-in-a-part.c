/*
 * Where a call has moved some bytes and something ends it, natively it returns
 * their number, and the next call tells why it ended. Greened, the call found
 * that out by a try for its next part: that used up the connection's error,
 * raised SIGPIPE for bytes that were counted as sent, or read past the mark of
 * urgent data. SO_RCVLOWAT was forgotten, and so were the sender's credentials
 * after the first part.
 */
#include "lib.h"

static int fds[2], signals;
static char data[8 << 20];

static void count(int signo)
{
	(void)signo;
	signals++;
}

static void reset(int fd)
{
	struct linger now = { 1, 0 };

	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(fd);
}

static void *three_then_reset(void *argument)
{
	write_all(fds[1], "abc", 3);
	sleep_ms(30);
	reset(fds[1]);
	return argument;
}

static void *read_then_reset(void *argument)
{
	char some[1000];

	sleep_ms(30);
	read_all(fds[1], some, sizeof(some));
	sleep_ms(30);
	reset(fds[1]);
	return argument;
}

static void *around_urgent(void *argument)
{
	write_all(fds[1], "abc", 3);
	sleep_ms(30);
	CHECK_INT(send(fds[1], "def!", 4, MSG_OOB), 4); /* ! is urgent */
	sleep_ms(30);
	write_all(fds[1], "ghijkl", 6);
	return argument;
}

static void *in_halves(void *argument)
{
	write_all(fds[1], "abc", 3);
	sleep_ms(30);
	write_all(fds[1], "def", 3);
	return argument;
}

static void print_result(const char *what, ssize_t n)
{
	printf("%s: %zd %s, %d signals\n", what, n < 0 ? -1 : n,
	       n < 0 ? strerror(errno) : "", signals);
}

static void receive(void)
{
	pthread_t thread;
	char got[20];

	tcp_pair(fds);
	thread = start(three_then_reset, NULL);
	print_result("before the reset", recv(fds[0], got, 10, MSG_WAITALL));
	join(thread);
	print_result("after", recv(fds[0], got, 10, MSG_WAITALL));
	print_result("later", recv(fds[0], got, 10, MSG_WAITALL));
	close(fds[0]);

	for (int inlined = 0; inlined < 2; inlined++) {
		tcp_pair(fds);
		CHECK_INT(setsockopt(fds[0], SOL_SOCKET, SO_OOBINLINE, &inlined,
				     sizeof(inlined)),
			  0);
		thread = start(around_urgent, NULL);
		print_result("before urgent data",
			     recv(fds[0], got, 12, MSG_WAITALL));
		print_result("from there", recv(fds[0], got, 6, MSG_WAITALL));
		join(thread);
		close(fds[0]);
		close(fds[1]);
	}
}

static void low_water(void)
{
	int low = 6;
	char got[20];

	for (int how = 0; how < 3; how++) {
		struct iovec iov[2] = { { got, 4 }, { got + 4, 4 } };
		pthread_t thread;

		open_pair(fds, how == 2 ? PAIR_STREAM : PAIR_TCP);
		CHECK_INT(setsockopt(fds[0], SOL_SOCKET, SO_RCVLOWAT, &low,
				     sizeof(low)),
			  0);
		thread = start(in_halves, NULL);
		print_result("six bytes", how == 0 ? read(fds[0], got, 20)
					  : how == 1
						  ? readv(fds[0], iov, 2)
						  : recv(fds[0], got, 20, 0));
		join(thread);
		close(fds[0]);
		close(fds[1]);
	}
}

static void transmit(int kind)
{
	pthread_t thread;
	ssize_t n;

	open_pair(fds, kind);
	thread = start(read_then_reset, NULL);
	n = write(fds[0], data, sizeof(data));
	CHECK(n > 0 && n < (ssize_t)sizeof(data));
	print_result("a part", 0);
	join(thread);
	print_result("after", write(fds[0], data, sizeof(data)));
	print_result("later", write(fds[0], data, sizeof(data)));
	close(fds[0]);
}

static void *send_as_me(void *argument)
{
	struct ucred me = { getpid(), getuid(), getgid() };
	char control[CMSG_SPACE(sizeof(me))] = "";
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(sizeof(me));
	memcpy(CMSG_DATA(c), &me, sizeof(me));
	CHECK_INT(sendmsg(fds[0], &m, 0), (int)sizeof(data));
	return argument;
}

/* The kernel adds no credentials of its own as long as nobody asks for them. */
static void credentials(void)
{
	char some[1000], control[100];
	struct iovec iov = { some, sizeof(some) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int on = 1;
	struct ucred who;
	pthread_t thread;

	stream_pair(fds);
	thread = start(send_as_me, NULL);
	for (size_t left = sizeof(data) - sizeof(some); left > 0;) {
		ssize_t got = read(fds[1], some,
				   left < sizeof(some) ? left : sizeof(some));

		CHECK(got > 0);
		left -= (size_t)got;
	}
	join(thread);
	CHECK_INT(setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)),
		  0);
	CHECK(recvmsg(fds[1], &m, 0) > 0);
	CHECK(CMSG_FIRSTHDR(&m));
	memcpy(&who, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(who));
	CHECK_INT(who.pid, getpid());
	ok("credentials of a later part");
	close(fds[0]);
	close(fds[1]);
}

static void checks(void)
{
	signals = 0;
	receive();
	low_water();
	transmit(PAIR_TCP);
	transmit(PAIR_STREAM);
	credentials();
}

int main(void)
{
	struct sigaction sa = { .sa_handler = count };

	sigaction(SIGPIPE, &sa, NULL);
	run_both(checks);
	return 0;
}
