/*
 * epoll_echo: an echo server written by hand as an event loop.
 *
 * It is the yardstick of the comparison: about the least work that a server in
 * one thread can do for a request, which is one read, one write and a share of
 * an epoll_wait.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_SIZE 4096
#define MAX_EVENTS  512

struct conn {
	int fd;
	/* what the peer has not taken of the last read; usually nothing */
	size_t pending;
	size_t offset;
	char *rest;
};

static int epfd;

static void watch(struct conn *c, int op, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	if (epoll_ctl(epfd, op, c->fd, &ev) < 0) {
		perror("epoll_echo: epoll_ctl");
		exit(1);
	}
}

static void drop(struct conn *c)
{
	close(c->fd);
	free(c->rest);
	free(c);
}

/* Keep what a full socket did not take, and stop reading until it is sent. */
static void keep(struct conn *c, const char *data, size_t size)
{
	if (!c->rest)
		c->rest = malloc(BUFFER_SIZE);
	if (!c->rest) {
		drop(c);
		return;
	}
	memcpy(c->rest, data, size);
	c->offset = 0;
	c->pending = size;
	watch(c, EPOLL_CTL_MOD, EPOLLOUT);
}

static void readable(struct conn *c)
{
	char buffer[BUFFER_SIZE];
	ssize_t n = read(c->fd, buffer, sizeof(buffer));
	ssize_t w;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(c);
		return;
	}
	w = write(c->fd, buffer, (size_t)n);
	if (w < 0 && errno != EAGAIN && errno != EINTR) {
		drop(c);
		return;
	}
	if (w < 0)
		w = 0;
	if (w < n)
		keep(c, buffer + w, (size_t)(n - w));
}

static void writable(struct conn *c)
{
	ssize_t n = write(c->fd, c->rest + c->offset, c->pending);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			drop(c);
		return;
	}
	c->offset += (size_t)n;
	c->pending -= (size_t)n;
	if (!c->pending)
		watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void accept_all(int listener)
{
	int one = 1;
	struct conn *c;
	int fd;

	for (;;) {
		fd = accept4(listener, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			break;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		c = calloc(1, sizeof(*c));
		if (!c) {
			close(fd);
			break;
		}
		c->fd = fd;
		watch(c, EPOLL_CTL_ADD, EPOLLIN);
	}
	if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		perror("epoll_echo: accept");
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    listen(fd, SOMAXCONN) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) < 0) {
		fprintf(stderr, "epoll_echo: port %u: %s\n", port,
			strerror(errno));
		exit(1);
	}
	printf("epoll_echo: listening on 127.0.0.1 port %u\n",
	       ntohs(sa.sin_port));
	fflush(stdout);
	return fd;
}

int main(int argc, char **argv)
{
	static struct epoll_event events[MAX_EVENTS];
	struct conn listener = { .fd = -1 };
	int i, n;

	if (argc > 2) {
		fputs("usage: epoll_echo [PORT]\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	epfd = epoll_create1(EPOLL_CLOEXEC);
	if (epfd < 0) {
		perror("epoll_echo: epoll_create1");
		return 1;
	}
	listener.fd = listen_on(argc > 1 ? (uint16_t)atoi(argv[1]) : 0);
	watch(&listener, EPOLL_CTL_ADD, EPOLLIN);
	for (;;) {
		n = epoll_wait(epfd, events, MAX_EVENTS, -1);
		if (n < 0 && errno != EINTR) {
			perror("epoll_echo: epoll_wait");
			return 1;
		}
		for (i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (c == &listener)
				accept_all(listener.fd);
			else if (events[i].events & EPOLLOUT)
				writable(c);
			else
				readable(c);
		}
	}
}
