/*
 * tcp(7): MSG_FASTOPEN and TCP_FASTOPEN_CONNECT. On a blocking socket, the call
 * that sends the first bytes waits for the connection; it does not say
 * EINPROGRESS. A refused connection is ECONNREFUSED.
 */
#include "lib.h"

#include <netinet/tcp.h>

#ifndef TCP_FASTOPEN_NO_COOKIE
#define TCP_FASTOPEN_NO_COOKIE 34
#endif

enum { SENDTO, SENDMSG, SENDMMSG, CONNECT_FIRST };
enum { SEND = CONNECT_FIRST, SEND_MESSAGE, WRITE, WRITEV, WAYS };

static int listener;

static void *serve(void *argument)
{
	for (;;) {
		char data[10];
		int fd = accept(listener, NULL, NULL);
		ssize_t n;

		if (fd < 0)
			return argument;
		sleep_ms(1);
		n = read(fd, data, sizeof(data));
		if (n > 0)
			write_all(fd, data, (size_t)n);
		close(fd);
	}
}

static ssize_t first_bytes(int fd, int way, struct sockaddr_in *to)
{
	struct iovec iov = { "hello", 5 };
	struct mmsghdr m = { .msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 } };
	int flags = way < CONNECT_FIRST ? MSG_FASTOPEN : 0, n;

	if (way < CONNECT_FIRST) {
		m.msg_hdr.msg_name = to;
		m.msg_hdr.msg_namelen = sizeof(*to);
	} else if (connect(fd, (struct sockaddr *)to, sizeof(*to)) < 0) {
		return -1;
	}
	switch (way) {
	case SENDTO:
		return sendto(fd, "hello", 5, flags, (struct sockaddr *)to,
			      sizeof(*to));
	case SENDMSG:
	case SEND_MESSAGE:
		return sendmsg(fd, &m.msg_hdr, flags);
	case SENDMMSG:
		n = sendmmsg(fd, &m, 1, flags);
		return n < 0 ? -1 : (ssize_t)m.msg_len;
	case SEND:
		return send(fd, "hello", 5, MSG_NOSIGNAL);
	case WRITE:
		return write(fd, "hello", 5);
	case WRITEV:
		return writev(fd, &iov, 1);
	}
	return -1;
}

static void try_way(int way, struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	char data[10] = "";
	ssize_t n;

	CHECK(fd >= 0);
	/* Without this, no bytes go with the first packet to a new server. */
	setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, &on, sizeof(on));
	if (way >= CONNECT_FIRST)
		setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on,
			   sizeof(on));
	errno = 0;
	n = first_bytes(fd, way, to);
	printf("way %d: %zd %s", way, n, n < 0 ? strerror(errno) : "");
	if (n > 0) {
		n = recv(fd, data, sizeof(data), 0);
		printf(", answer %zd %s", n, data);
	}
	printf("\n");
	close(fd);
}

static void checks(void)
{
	struct sockaddr_in to, nobody;
	int queue = 16, closed = tcp_listen(&nobody, 1);
	pthread_t thread;

	close(closed);
	listener = tcp_listen(&to, 16);
	setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue));
	thread = start(serve, NULL);
	for (int way = 0; way < WAYS; way++) {
		try_way(way, &to);
		try_way(way, &nobody);
	}
	shutdown(listener, SHUT_RDWR);
	join(thread);
	close(listener);
}

int main(void)
{
	run_both(checks);
	return 0;
}
