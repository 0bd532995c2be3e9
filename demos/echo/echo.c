/*
 * echo: a blocking echo server with a thread for each connection.
 *
 * This is how such a server is written in a textbook: the main thread accepts,
 * every connection has a detached thread that reads and writes back until its
 * peer has closed. It is an ordinary pthread program.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_SIZE 4096

static void usage(FILE *to)
{
	fputs("usage: echo [-b ADDRESS] [-p PORT]\n"
	      "Echo what each TCP connection sends, a thread for each.\n"
	      "  -b ADDRESS  IPv4 address to listen on (127.0.0.1)\n"
	      "  -p PORT     port to listen on; 0 takes a free one (0)\n",
	      to);
}

/* Returns 0, or -1 when the peer can take no more. */
static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char buffer[BUFFER_SIZE];

	for (;;) {
		ssize_t n = read(fd, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || write_all(fd, buffer, (size_t)n) < 0)
			break;
	}
	close(fd);
	return NULL;
}

static int listen_on(const char *address, uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	socklen_t len = sizeof(sa);
	int one = 1;
	int fd;

	if (inet_pton(AF_INET, address, &sa.sin_addr) != 1) {
		fprintf(stderr, "echo: %s: not an IPv4 address\n", address);
		return -1;
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		perror("echo: socket");
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    listen(fd, SOMAXCONN) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) < 0) {
		fprintf(stderr, "echo: %s port %u: %s\n", address, port,
			strerror(errno));
		close(fd);
		return -1;
	}
	printf("echo: listening on %s port %u\n", address, ntohs(sa.sin_port));
	fflush(stdout);
	return fd;
}

/*
 * Waits a moment after an accept that failed for want of a resource, which
 * would fail again at once. Returns -1 for an error that waiting cannot cure.
 */
static int recover(int error)
{
	const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };

	switch (error) {
	case EINTR:
	case ECONNABORTED:
		return 0;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		fprintf(stderr, "echo: accept: %s\n", strerror(error));
		nanosleep(&moment, NULL);
		return 0;
	default:
		fprintf(stderr, "echo: accept: %s\n", strerror(error));
		return -1;
	}
}

static int accept_loop(int listener, const pthread_attr_t *attr)
{
	int one = 1;

	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		pthread_t thread;
		int error;

		if (fd < 0) {
			if (recover(errno) < 0)
				return 1;
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		error = pthread_create(&thread, attr, serve,
				       (void *)(intptr_t)fd);
		if (error) {
			fprintf(stderr,
				"echo: a connection is refused: "
				"no thread: %s\n",
				strerror(error));
			close(fd);
		}
	}
}

int main(int argc, char **argv)
{
	const char *address = "127.0.0.1";
	unsigned long port = 0;
	pthread_attr_t attr;
	char *end;
	int fd, opt;

	while ((opt = getopt(argc, argv, "b:p:h")) != -1) {
		switch (opt) {
		case 'b':
			address = optarg;
			break;
		case 'p':
			port = strtoul(optarg, &end, 10);
			if (*end || end == optarg || port > UINT16_MAX) {
				fprintf(stderr, "echo: %s: not a port\n",
					optarg);
				return 2;
			}
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind != argc) {
		usage(stderr);
		return 2;
	}
	/* A peer that has gone shows as EPIPE from write, no reason to die. */
	signal(SIGPIPE, SIG_IGN);
	fd = listen_on(address, (uint16_t)port);
	if (fd < 0)
		return 1;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	return accept_loop(fd, &attr);
}
