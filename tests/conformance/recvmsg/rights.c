/*
 * recvmsg(2), sendmsg(2): descriptors passed by SCM_RIGHTS work at once in
 * the receiver, whatever they were before; credentials; MSG_CMSG_CLOEXEC.
 */
#include "lib.h"

static void send_fd(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { "f", 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	CHECK_INT(sendmsg(socket, &msg, 0), 1);
}

static int receive_fd(int socket, int flags)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg;
	int fd;

	CHECK_INT(recvmsg(socket, &msg, flags), 1);
	CHECK_INT(msg.msg_flags & (MSG_CTRUNC | MSG_TRUNC), 0);
	cmsg = CMSG_FIRSTHDR(&msg);
	CHECK(cmsg != NULL && cmsg->cmsg_type == SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

static int pair[2];

static void *passer(void *argument)
{
	int fds[2];
	char byte;

	(void)argument;
	sleep_ms(20);
	CHECK_INT(pipe(fds), 0);
	send_fd(pair[1], fds[0]);
	close(fds[0]);
	/* The number is used again, for something of another kind. */
	CHECK_INT(read(pair[1], &byte, 1), 1);
	CHECK_INT(write(fds[1], "through the pipe", 16), 16);
	close(fds[1]);

	stream_pair(fds);
	CHECK_INT(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	send_fd(pair[1], fds[0]);
	close(fds[0]);
	CHECK_INT(read(pair[1], &byte, 1), 1);
	close(fds[1]);
	return NULL;
}

static void checks(void)
{
	struct ucred credentials;
	socklen_t len = sizeof(credentials);
	pthread_t thread;
	char data[32];
	int fd;

	stream_pair(pair);
	thread = start(passer, NULL);
	fd = receive_fd(pair[0], 0);
	CHECK_INT(fcntl(fd, F_GETFD), 0);
	CHECK_INT(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	CHECK_INT(write(pair[0], "g", 1), 1);
	CHECK_INT(read(fd, data, sizeof(data)), 16);
	CHECK_INT(read(fd, data, sizeof(data)), 0);
	close(fd);
	ok("a pipe");

	/* O_NONBLOCK belongs to the open file and so comes along. */
	fd = receive_fd(pair[0], MSG_CMSG_CLOEXEC);
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_INT(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	CHECK_ERRNO(read(fd, data, sizeof(data)), EAGAIN);
	CHECK_INT(write(pair[0], "g", 1), 1);
	join(thread);
	CHECK_INT(read(fd, data, sizeof(data)), 0);
	close(fd);
	ok("a non-blocking socket");

	CHECK_INT(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &credentials,
			     &len),
		  0);
	CHECK_INT(credentials.pid, getpid());
	ok("credentials");
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	run_both(checks);
	return 0;
}
