/* Pipes, sockets, files and what goes through them. */
#ifndef CONFORMANCE_LIB_IO_H
#define CONFORMANCE_LIB_IO_H

#include "lib_check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>

/*
 * Where every socket here is bound; the stress programs define another address.
 */
#ifndef LISTEN_ADDRESS
#define LISTEN_ADDRESS INADDR_LOOPBACK
#endif

/* Binds a socket to a free port on the loopback interface; *addr returns it. */
UNUSED static int bound_socket(struct sockaddr_in *addr, int type)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	memset(addr, 0, sizeof(*addr));
	addr->sin_family = AF_INET;
	addr->sin_addr.s_addr = htonl(LISTEN_ADDRESS);
	CHECK_INT(bind(fd, (struct sockaddr *)addr, sizeof(*addr)), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)addr, &len), 0);
	return fd;
}

UNUSED static int udp_socket(struct sockaddr_in *addr)
{
	return bound_socket(addr, SOCK_DGRAM);
}

UNUSED static int tcp_listen(struct sockaddr_in *addr, int backlog)
{
	int fd = bound_socket(addr, SOCK_STREAM);

	CHECK_INT(listen(fd, backlog), 0);
	return fd;
}

UNUSED static int tcp_connect(const struct sockaddr_in *addr)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK_INT(connect(fd, (const struct sockaddr *)addr, sizeof(*addr)), 0);
	return fd;
}

/* The two ends of one TCP connection. */
UNUSED static void tcp_pair(int fds[2])
{
	struct sockaddr_in addr;
	int listener = tcp_listen(&addr, 1);

	fds[0] = tcp_connect(&addr);
	fds[1] = accept(listener, NULL, NULL);
	CHECK(fds[1] >= 0);
	close(listener);
}

UNUSED static void stream_pair(int fds[2])
{
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

/*
 * A program tries the same thing on all three kinds of stream. What it writes
 * to fds[1], it reads from fds[0].
 */
enum { PAIR_PIPE, PAIR_STREAM, PAIR_TCP, PAIR_KINDS };

UNUSED static void open_pair(int fds[2], int kind)
{
	switch (kind) {
	case PAIR_PIPE:
		CHECK_INT(pipe(fds), 0);
		break;
	case PAIR_STREAM:
		stream_pair(fds);
		break;
	case PAIR_TCP:
		tcp_pair(fds);
		break;
	default:
		FAIL("open_pair: kind %d", kind);
	}
}

/* Reads exactly so many bytes, or fails. */
UNUSED static void read_all(int fd, void *buffer, size_t size)
{
	char *at = (char *)buffer;

	while (size > 0) {
		ssize_t got = read(fd, at, size);

		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			FAIL("read_all: read is %zd, errno %d", got, errno);
		at += got;
		size -= got;
	}
}

UNUSED static void write_all(int fd, const void *buffer, size_t size)
{
	const char *at = (const char *)buffer;

	while (size > 0) {
		ssize_t put = write(fd, at, size);

		if (put == -1 && errno == EINTR)
			continue;
		if (put <= 0)
			FAIL("write_all: write is %zd, errno %d", put, errno);
		at += put;
		size -= put;
	}
}

/* Reads our port, as the server saw it, and compares. */
UNUSED static void check_own_port(int fd)
{
	struct sockaddr_in self;
	socklen_t len = sizeof(self);
	in_port_t port;

	CHECK_INT(getsockname(fd, (struct sockaddr *)&self, &len), 0);
	read_all(fd, &port, sizeof(port));
	CHECK_INT(port, self.sin_port);
}

/* The byte at this offset of a pattern with a long period. */
UNUSED static unsigned char pattern_at(size_t place)
{
	return (unsigned char)(place * 131 + (place >> 8) * 7 + (place >> 16));
}

UNUSED static void fill_pattern(void *buffer, size_t size, size_t from)
{
	unsigned char *at = (unsigned char *)buffer;

	for (size_t i = 0; i < size; i++)
		at[i] = pattern_at(from + i);
}

UNUSED static int is_pattern(const void *buffer, size_t size, size_t from)
{
	const unsigned char *at = (const unsigned char *)buffer;

	for (size_t i = 0; i < size; i++)
		if (at[i] != pattern_at(from + i))
			return 0;
	return 1;
}

/* An empty regular file, open and unlinked. */
UNUSED static int scratch_file(void)
{
	char name[] = "/tmp/conformance.XXXXXX";
	int fd = mkstemp(name);

	CHECK(fd >= 0);
	unlink(name);
	return fd;
}

#endif
