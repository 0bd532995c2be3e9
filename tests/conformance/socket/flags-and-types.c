/*
 * socket(2), socketpair(2), listen(2): SOCK_NONBLOCK and SOCK_CLOEXEC, types,
 * SO_TYPE, SO_ACCEPTCONN, errors; SOCK_SEQPACKET keeps message boundaries.
 */
#include "lib.h"

static int option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	CHECK_INT(getsockopt(fd, SOL_SOCKET, name, &value, &len), 0);
	CHECK_INT(len, sizeof(value));
	return value;
}

static void checks(void)
{
	struct sockaddr_in addr;
	char data[20];
	int fds[2], fd;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	CHECK_INT(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_INT(option(fd, SO_TYPE), SOCK_STREAM);
	CHECK_INT(option(fd, SO_ACCEPTCONN), 0);
	close(fd);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK_INT(fcntl(fd, F_GETFL), O_RDWR);
	CHECK_INT(fcntl(fd, F_GETFD), 0);
	CHECK_INT(option(fd, SO_TYPE), SOCK_DGRAM);
	CHECK_ERRNO(listen(fd, 5), EOPNOTSUPP);
	close(fd);
	fd = tcp_listen(&addr, 5);
	CHECK_INT(option(fd, SO_ACCEPTCONN), 1);
	CHECK_INT(fcntl(fd, F_GETFL), O_RDWR);
	CHECK_INT(listen(fd, 10), 0);
	close(fd);
	CHECK_ERRNO(listen(fd, 5), EBADF);
	CHECK_ERRNO(listen(STDIN_FILENO, 5), ENOTSOCK);
	CHECK_ERRNO(socket(AF_INET, 77, 0), EINVAL);
	CHECK_ERRNO(socket(999, SOCK_STREAM, 0), EAFNOSUPPORT);
	CHECK_ERRNO(socketpair(AF_INET, SOCK_STREAM, 0, fds), EOPNOTSUPP);
	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 0, UNSEEN((int *)8)),
		    EFAULT);
	ok("socket and listen");

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds),
		  0);
	CHECK_INT(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
	CHECK_INT(fcntl(fds[1], F_GETFL), O_RDWR);
	CHECK_INT(write(fds[0], "one", 3), 3);
	CHECK_INT(write(fds[0], "three", 5), 5);
	CHECK_INT(read(fds[1], data, 20), 3);
	CHECK_INT(read(fds[1], data, 2), 2);
	close(fds[0]);
	CHECK_INT(read(fds[1], data, 20), 0);
	close(fds[1]);
	ok("SOCK_SEQPACKET");
}

int main(void)
{
	run_both(checks);
	return 0;
}
