/*
 * connect(2), ERRORS: ECONNREFUSED, EISCONN, EINPROGRESS and EALREADY for a
 * non-blocking socket, ENOENT, EAFNOSUPPORT, ENOTSOCK; the socket's blocking
 * mode is what the program made it.
 */
#include "lib.h"

static void checks(void)
{
	struct sockaddr_in addr, bad;
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	int listener = tcp_listen(&addr, 5), fd, peer, error;
	socklen_t len = sizeof(error);
	struct pollfd pollfd;

	fd = tcp_connect(&addr);
	CHECK_INT(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	CHECK_ERRNO(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
		    EISCONN);
	close(fd);
	close(accept(listener, NULL, NULL));
	ok("EISCONN");

	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	error = connect(fd, (struct sockaddr *)&addr, sizeof(addr));
	CHECK(error == 0 || errno == EINPROGRESS);
	pollfd = (struct pollfd){ fd, POLLOUT, 0 };
	CHECK_INT(poll(&pollfd, 1, 10000), 1);
	CHECK_INT(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len), 0);
	CHECK_INT(error, 0);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	peer = accept(listener, NULL, NULL);
	CHECK(peer >= 0);
	close(peer);
	close(fd);
	ok("non-blocking");

	close(listener);
	for (int i = 0; i < 3; i++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		CHECK_ERRNO(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
			    ECONNREFUSED);
		CHECK_INT(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
		/* The error was reported and is no longer pending. */
		CHECK_INT(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len),
			  0);
		CHECK_INT(error, 0);
		close(fd);
	}
	ok("ECONNREFUSED");

	/* After a refusal, the same socket may connect again. */
	fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_ERRNO(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
		    ECONNREFUSED);
	listener = tcp_listen(&addr, 5);
	CHECK_INT(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	close(listener);
	ok("again after a refusal");

	CHECK_ERRNO(connect(-1, (struct sockaddr *)&addr, sizeof(addr)), EBADF);
	CHECK_ERRNO(connect(STDIN_FILENO, (struct sockaddr *)&addr,
			    sizeof(addr)),
		    ENOTSOCK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	bad = addr;
	bad.sin_family = AF_UNIX;
	CHECK_ERRNO(connect(fd, (struct sockaddr *)&bad, sizeof(bad)),
		    EAFNOSUPPORT);
	CHECK_ERRNO(connect(fd, (struct sockaddr *)&addr, 3), EINVAL);
	CHECK_ERRNO(connect(fd, (struct sockaddr *)8, sizeof(addr)), EFAULT);
	close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(local.sun_path, "/nonexistent/socket");
	CHECK_ERRNO(connect(fd, (struct sockaddr *)&local, sizeof(local)),
		    ENOENT);
	close(fd);
	ok("bad arguments");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	run_both(checks);
	return 0;
}
