// SPDX-License-Identifier: MIT
/*
 * origin: what stands behind a proxy under test. Always run natively.
 *
 *	origin PORT
 *
 * A connection whose first bytes are "GET " is answered as HTTP/1.1: the
 * path /SIZE/SEED names the body (pattern.h). Any other connection is
 * echoed. One blocking thread a connection, a long accept queue: 500
 * tunnels that a proxy opens at once must not wait for SYNs sent again.
 */
#define _GNU_SOURCE
#include "pattern.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool send_all(int fd, const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, buf, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		buf += n;
		len -= (size_t)n;
	}
	return true;
}

static bool answer(int fd, const char *request)
{
	char buf[16384];
	size_t size;
	unsigned long seed;
	uint64_t state;
	int len;

	if (sscanf(request, "GET /%zu/%lu ", &size, &seed) != 2) {
		static const char no[] = "HTTP/1.1 404 Not Found\r\n"
					 "Content-Length: 0\r\n\r\n";

		return send_all(fd, no, sizeof(no) - 1);
	}
	len = snprintf(buf, sizeof(buf),
		       "HTTP/1.1 200 OK\r\n"
		       "Content-Type: application/octet-stream\r\n"
		       "Content-Length: %zu\r\n\r\n",
		       size);
	if (!send_all(fd, buf, (size_t)len))
		return false;
	state = pattern_start(seed);
	while (size > 0) {
		size_t n = size < sizeof(buf) ? size : sizeof(buf);

		pattern_fill(&state, buf, n);
		if (!send_all(fd, buf, n))
			return false;
		size -= n;
	}
	return true;
}

/* Serve requests on one connection; buf holds the len bytes read so far. */
static void serve_http(int fd, char *buf, size_t len, size_t cap)
{
	for (;;) {
		char *end;
		size_t used;
		bool last;
		ssize_t n;

		buf[len] = '\0';
		end = strstr(buf, "\r\n\r\n");
		if (end) {
			end[2] = '\0';
			used = (size_t)(end - buf) + 4;
			last = strcasestr(buf, "\r\nConnection: close") ||
			       strstr(buf, " HTTP/1.0\r\n");
			if (!answer(fd, buf) || last)
				return;
			memmove(buf, buf + used, len - used);
			len -= used;
			continue;
		}
		if (len + 1 == cap)
			return;
		n = recv(fd, buf + len, cap - 1 - len, 0);
		if (n <= 0)
			return;
		len += (size_t)n;
	}
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char buf[16384];
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, 0);

	if (n >= 4 && memcmp(buf, "GET ", 4) == 0) {
		serve_http(fd, buf, (size_t)n, sizeof(buf));
	} else {
		while (n > 0 && send_all(fd, buf, (size_t)n))
			n = recv(fd, buf, sizeof(buf), 0);
	}
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	pthread_attr_t attr;
	int on = 1;
	int lfd;

	if (argc != 2 || atoi(argv[1]) <= 0) {
		fprintf(stderr, "usage: origin PORT\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	addr.sin_port = htons((uint16_t)atoi(argv[1]));
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	lfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(lfd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(lfd, 4096) < 0) {
		perror("origin");
		return 1;
	}
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 128 * 1024);
	for (;;) {
		int fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
		pthread_t t;

		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (pthread_create(&t, &attr, serve, (void *)(intptr_t)fd))
			close(fd);
	}
}
