/*
 * MSG_WAITALL was made of one call for each part. Descriptors that came with a
 * later part were lost, a part with descriptors or from another sender did not
 * end the call, and the time of the last part was not told.
 */
#include "lib.h"

static int fds[2], commands[2];

static void put(const char *text, int with_descriptor)
{
	char control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { (char *)text, strlen(text) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (with_descriptor) {
		struct cmsghdr *c = (struct cmsghdr *)control;

		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &commands[0], sizeof(int));
	}
	CHECK_INT(sendmsg(fds[1], &m, 0), (int)iov.iov_len);
}

static void *later(void *argument)
{
	put("aaaa", 0);
	sleep_ms(30);
	put("bbbb", 1);
	return argument;
}

static void *then_wait(void *argument)
{
	char answer;

	sleep_ms(20);
	put("cccc", 1);
	CHECK_INT(recv(fds[1], &answer, 1, 0), 1);
	return argument;
}

/* Prints how much came, and what kinds of control data. */
static void get(void)
{
	char data[9] = "", control[200];
	struct iovec iov[2] = { { data, 3 }, { data + 3, 5 } };
	struct msghdr m = { .msg_iov = iov,
			    .msg_iovlen = 2,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t got = recvmsg(fds[0], &m, MSG_WAITALL);

	printf("%zd bytes, %.8s, flags %#x", got, data, m.msg_flags);
	for (c = CMSG_FIRSTHDR(&m); got > 0 && c; c = CMSG_NXTHDR(&m, c)) {
		printf(", control data %d", c->cmsg_type);
		if (c->cmsg_type == SCM_RIGHTS) {
			int fd;

			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
			CHECK_INT(close(fd), 0);
		}
	}
	printf("\n");
}

static void with_descriptors(void)
{
	char data[8];
	pthread_t thread;

	stream_pair(fds);
	thread = start(later, NULL);
	get();
	join(thread);
	thread = start(then_wait, NULL);
	get();
	write_all(fds[0], "k", 1);
	join(thread);
	thread = start(then_wait, NULL);
	CHECK_INT(recv(fds[0], data, 8, MSG_WAITALL), 4);
	write_all(fds[0], "k", 1);
	join(thread);
	close(fds[0]);
	close(fds[1]);
}

static int sender[2]; /* written by a child, on command */

static void with_senders(void)
{
	int on = 1, saved = fds[1];
	char data[8], c;

	fds[0] = sender[0];
	fds[1] = sender[1];
	CHECK_INT(setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)),
		  0);
	for (int i = 0; i < 2; i++) {
		put("mine", 0);
		write_all(commands[1], "x", 1);
		read_all(commands[1], &c, 1);
		if (i)
			get();
		else
			CHECK_INT(recv(fds[0], data, 8, MSG_WAITALL), 4);
		CHECK_INT(recv(fds[0], data, 8, MSG_DONTWAIT), 4);
	}
	fds[1] = saved;
}

static int has_time(int flags, struct timeval *when)
{
	char data[8], control[200];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t got = recvmsg(fds[0], &m, flags);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	CHECK_INT(got, flags ? 8 : 1);
	if (c)
		memcpy(when, CMSG_DATA(c), sizeof(*when));
	return c != NULL;
}

static void *in_parts(void *argument)
{
	put("aaaa", 0);
	sleep_ms(30);
	CHECK_INT(gettimeofday(argument, NULL), 0);
	put("bbbb", 0);
	return NULL;
}

static void with_times(void)
{
	struct timeval sent, told;
	int on = 1;
	pthread_t thread;

	tcp_pair(fds);
	CHECK_INT(setsockopt(fds[0], SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)),
		  0);
	/* The kernel begins to take times a little later. */
	do
		put("x", 0);
	while (!has_time(0, &told));
	thread = start(in_parts, &sent);
	CHECK(has_time(MSG_WAITALL, &told));
	join(thread);
	CHECK(!timercmp(&told, &sent, <));
	ok("the time of the last part");
	close(fds[0]);
	close(fds[1]);
}

static void child(void)
{
	char c;

	while (read(commands[0], &c, 1) == 1) {
		write_all(sender[1], "hers", 4);
		write_all(commands[0], "x", 1);
	}
	_exit(0);
}

static void checks(void)
{
	with_descriptors();
	with_senders();
	with_times();
}

int main(void)
{
	pid_t pid;

	stream_pair(commands);
	stream_pair(sender);
	pid = fork();
	if (!pid) {
		close(commands[1]);
		child();
	}
	run_both(checks);
	shutdown(commands[1], SHUT_RDWR);
	CHECK_INT(wait_for(pid), 0);
	return 0;
}
