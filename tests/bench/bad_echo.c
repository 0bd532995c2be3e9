/*
 * bad_echo: an echo server with deliberate errors, to test the load generator.
 *
 * usage: bad_echo MODE [N]
 *
 * Every connection makes one error, at its Nth read (default 10), of the kind
 * that MODE names; see the table below. "good" makes none.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_SIZE 65536

enum mode {
	GOOD,
	CORRUPT,   /* one bit of the message is wrong */
	TRUNCATE,  /* the last byte is missing, then end of file */
	SHORTEN,   /* the last byte is missing, and the connection stays */
	DUPLICATE, /* the message comes twice */
	EXTRA,	   /* a byte follows the message */
	STALE,	   /* the previous message comes again instead */
	CROSS,	   /* what another connection sent comes instead */
	CLOSE,	   /* end of file instead of the message */
	RESET,	   /* the connection is reset instead */
	SILENT,	   /* nothing comes */
	TRAILING,  /* a byte comes after the client's end of file */
	LINGER,	   /* no end of file after the client's */
	SLOW,	   /* one byte at a time: right, only slow */
	MODES
};

static const char *const mode_name[MODES] = {
	"good",	  "corrupt",  "truncate", "shorten", "duplicate",
	"extra",  "stale",    "cross",	  "close",   "reset",
	"silent", "trailing", "linger",	  "slow",
};

static enum mode mode;
static int err_at = 10;

/* What some connection read last, for CROSS. */
static pthread_mutex_t other_lock = PTHREAD_MUTEX_INITIALIZER;
static char other[BUFFER_SIZE];
static int other_fd = -1;

static void put(int fd, const char *data, ssize_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, (size_t)size);

		if (n <= 0)
			return;
		data += n;
		size -= n;
	}
}

static void put_slowly(int fd, const char *data, ssize_t size)
{
	ssize_t i;

	for (i = 0; i < size; i++)
		put(fd, data + i, 1);
}

/* Leave our message for others.  True: one of theirs was there. */
static int swap_with_other(int fd, char *data, ssize_t size)
{
	char *mine = malloc((size_t)size);
	int found = 0;

	memcpy(mine, data, (size_t)size);
	pthread_mutex_lock(&other_lock);
	if (other_fd >= 0 && other_fd != fd) {
		memcpy(data, other, (size_t)size);
		found = 1;
	}
	memcpy(other, mine, (size_t)size);
	other_fd = fd;
	pthread_mutex_unlock(&other_lock);
	free(mine);
	return found;
}

/* True: the connection goes on. */
static int err(int fd, char *data, ssize_t size, const char *before)
{
	const struct linger at_once = { .l_onoff = 1 };

	switch (mode) {
	case CORRUPT:
		data[size / 2] ^= 1;
		put(fd, data, size);
		return 1;
	case TRUNCATE:
		put(fd, data, size - 1);
		return 0;
	case SHORTEN:
		put(fd, data, size - 1);
		return 1;
	case DUPLICATE:
		put(fd, data, size);
		put(fd, data, size);
		return 1;
	case EXTRA:
		/* In one segment: sent alone, the byte might arrive so late
		 * that it counts as the first of the next message. */
		if (send(fd, data, size, MSG_MORE | MSG_NOSIGNAL) < 0)
			return 0;
		put(fd, "", 1);
		return 1;
	case STALE:
		put(fd, before, size);
		return 1;
	case CLOSE:
		return 0;
	case RESET:
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
		return 0;
	case SILENT:
		return 1;
	default:
		put(fd, data, size);
		return 1;
	}
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char *data = malloc(BUFFER_SIZE);
	char *before = calloc(1, BUFFER_SIZE);
	int reads = 0;
	int on = 1;

	while (on) {
		ssize_t n = read(fd, data, BUFFER_SIZE);

		if (n <= 0)
			break;
		reads++;
		if (mode == CROSS)
			swap_with_other(fd, data, reads < err_at ? 0 : n);
		if (mode == SLOW)
			put_slowly(fd, data, n);
		else if (reads == err_at)
			on = err(fd, data, n, before);
		else
			put(fd, data, n);
		memcpy(before, data, (size_t)n);
	}
	if (on && mode == TRAILING)
		put(fd, "", 1);
	if (!on || mode != LINGER)
		close(fd);
	free(before);
	free(data);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1;

	if (argc > 1) {
		while (mode < MODES && strcmp(argv[1], mode_name[mode]) != 0)
			mode++;
	}
	if (argc < 2 || argc > 3 || mode == MODES) {
		fputs("usage: bad_echo MODE [N]\n", stderr);
		return 2;
	}
	if (argc == 3)
		err_at = atoi(argv[2]);
	signal(SIGPIPE, SIG_IGN);
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    listen(listener, 1024) < 0 ||
	    getsockname(listener, (struct sockaddr *)&sa, &len) < 0) {
		perror("bad_echo");
		return 1;
	}
	printf("bad_echo: listening on 127.0.0.1 port %u\n",
	       ntohs(sa.sin_port));
	fflush(stdout);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		pthread_t thread;

		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd))
			close(fd);
		else
			pthread_detach(thread);
	}
}
