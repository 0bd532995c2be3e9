/*
 * accept(2), ERRORS; SO_RCVTIMEO on a listener; a listener that the program
 * made non-blocking; shutdown of a listener ends a waiting accept with EINVAL.
 */
#include "lib.h"

static void *acceptor(void *argument)
{
	int fd = accept((int)(intptr_t)argument, NULL, NULL);

	return (void *)(intptr_t)(fd == -1 ? errno : 0);
}

static void checks(void)
{
	struct sockaddr_in addr;
	struct timeval soon = { 0, 80000 };
	int listener = tcp_listen(&addr, 5), fd, fds[2];
	long long before;
	pthread_t thread;

	CHECK_ERRNO(accept(-1, NULL, NULL), EBADF);
	CHECK_ERRNO(accept(STDIN_FILENO, NULL, NULL), ENOTSOCK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_ERRNO(accept(fd, NULL, NULL), EINVAL);
	close(fd);
	fd = udp_socket(&addr);
	CHECK_ERRNO(accept(fd, NULL, NULL), EOPNOTSUPP);
	close(fd);
	CHECK_ERRNO(accept4(listener, NULL, NULL, 1), EINVAL);
	stream_pair(fds);
	CHECK_ERRNO(accept(fds[0], NULL, NULL), EINVAL);
	close(fds[0]);
	close(fds[1]);
	ok("bad arguments");

	CHECK_INT(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &soon,
			     sizeof(soon)),
		  0);
	before = now_ms();
	CHECK_ERRNO(accept(listener, NULL, NULL), EAGAIN);
	CHECK(now_ms() - before >= 79);
	soon.tv_usec = 0;
	CHECK_INT(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &soon,
			     sizeof(soon)),
		  0);
	ok("SO_RCVTIMEO");

	CHECK_INT(fcntl(listener, F_SETFL, O_NONBLOCK), 0);
	CHECK_ERRNO(accept(listener, NULL, NULL), EAGAIN);
	CHECK(fcntl(listener, F_GETFL) & O_NONBLOCK);
	CHECK_INT(fcntl(listener, F_SETFL, 0), 0);
	ok("O_NONBLOCK");

	thread = start(acceptor, (void *)(intptr_t)listener);
	settle();
	CHECK_INT(pthread_tryjoin_np(thread, NULL), EBUSY);
	CHECK_INT(shutdown(listener, SHUT_RDWR), 0);
	CHECK_INT((intptr_t)join(thread), EINVAL);
	close(listener);
	ok("shutdown");
}

int main(void)
{
	run_both(checks);
	return 0;
}
