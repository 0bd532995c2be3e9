/*
 * files: a small static HTTP server, a thread for each connection.
 *
 * usage: files DIRECTORY
 *
 * Serves the plain files of one directory on a free port of 127.0.0.1, which it
 * prints. It is what the fetch demo downloads from: it reads a request with
 * stdio, sends the file with sendfile, and closes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int directory;

static void refuse(int fd, int status, const char *reason)
{
	dprintf(fd,
		"HTTP/1.1 %d %s\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n\r\n%s\n",
		status, reason, strlen(reason) + 1, reason);
}

/* Returns the file, or -1 when there is none of that name to serve. */
static int open_plain(const char *name, off_t *size)
{
	struct stat st;
	int fd;

	/* One directory and no hidden files: no name leads out of it. */
	if (!*name || *name == '.' || strchr(name, '/'))
		return -1;
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -1;
	}
	*size = st.st_size;
	return fd;
}

static void send_file(int to, const char *name)
{
	off_t size, at = 0;
	int fd = open_plain(name, &size);

	if (fd < 0) {
		refuse(to, 404, "Not Found");
		return;
	}
	dprintf(to,
		"HTTP/1.1 200 OK\r\nContent-Length: %lld\r\n"
		"Connection: close\r\n\r\n",
		(long long)size);
	while (at < size) {
		ssize_t n = sendfile(to, fd, &at, (size_t)(size - at));

		/* A file that has become shorter ends the answer early. */
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
	}
	close(fd);
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	FILE *in = fdopen(fd, "r");
	char line[1024], name[256];
	bool is_get;

	if (!in) {
		close(fd);
		return NULL;
	}
	if (fgets(line, sizeof(line), in)) {
		is_get = sscanf(line, "GET /%255[^ ?\r\n]", name) == 1;
		/* The headers say nothing that matters here. */
		while (fgets(line, sizeof(line), in) && *line != '\r' &&
		       *line != '\n')
			;
		if (is_get)
			send_file(fd, name);
		else
			refuse(fd, 400, "Bad Request");
	}
	fclose(in);
	return NULL;
}

static int listen_on_any(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    listen(fd, SOMAXCONN) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) < 0) {
		perror("files");
		exit(1);
	}
	printf("files: listening on 127.0.0.1 port %u\n", ntohs(sa.sin_port));
	fflush(stdout);
	return fd;
}

int main(int argc, char **argv)
{
	pthread_attr_t attr;
	int listener;

	if (argc != 2) {
		fputs("usage: files DIRECTORY\n", stderr);
		return 2;
	}
	directory = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0) {
		fprintf(stderr, "files: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	listener = listen_on_any();
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		pthread_t thread;

		if (fd < 0) {
			perror("files: accept");
			sleep(1);
			continue;
		}
		if (pthread_create(&thread, &attr, serve,
				   (void *)(intptr_t)fd)) {
			refuse(fd, 503, "Service Unavailable");
			close(fd);
		}
	}
}
