/*
 * chat: a chat server with two threads for each client.
 *
 * The reader iterates over the lines that its client sends, with getline on the
 * socket's FILE, and hands each to everybody's queue. The writer waits on its
 * client's queue and writes what comes there, so that a client which does not
 * read holds up nobody but its own writer.
 *
 * A client belongs to its reader: it makes it, starts the writer, and frees it
 * after the writer's end. Others reach it through the room's list alone, under
 * the room's lock, which is taken before a queue's.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_NAME   16
#define MAX_LINE   1024
#define MAX_QUEUED 10000 /* lines; who is further behind is put out */

struct line {
	struct line *next;
	size_t size;
	char text[];
};

struct client {
	struct client *next; /* in the room's list, by name */
	int fd;
	char name[MAX_NAME + 1];

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	struct line *first, **last;
	int queued;
	bool closed; /* nothing more will be queued */
};

static struct {
	pthread_mutex_t lock;
	struct client *first;
} room = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- a client's queue ---------------------------------------------------- */

static void queue_put(struct client *c, const char *text, size_t size)
{
	struct line *line = malloc(sizeof(*line) + size);

	if (!line)
		return;
	line->next = NULL;
	line->size = size;
	memcpy(line->text, text, size);
	pthread_mutex_lock(&c->lock);
	if (c->closed || c->queued == MAX_QUEUED) {
		/* Its reader sees end of file, and cleans up. */
		if (!c->closed)
			shutdown(c->fd, SHUT_RDWR);
		free(line);
	} else {
		*c->last = line;
		c->last = &line->next;
		c->queued++;
		pthread_cond_signal(&c->changed);
	}
	pthread_mutex_unlock(&c->lock);
}

/* Waits for a line; returns NULL when there will be no more. */
static struct line *queue_get(struct client *c)
{
	struct line *line;

	pthread_mutex_lock(&c->lock);
	while (!c->first && !c->closed)
		pthread_cond_wait(&c->changed, &c->lock);
	line = c->first;
	if (line) {
		c->first = line->next;
		if (!c->first)
			c->last = &c->first;
		c->queued--;
	}
	pthread_mutex_unlock(&c->lock);
	return line;
}

static void queue_close(struct client *c)
{
	pthread_mutex_lock(&c->lock);
	c->closed = true;
	pthread_cond_signal(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

/* --- what is said -------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void tell(struct client *c,
						       const char *format, ...)
{
	char text[128];
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	queue_put(c, text, (size_t)size);
}

/* To all but `from`; the room is locked. */
__attribute__((format(printf, 2, 3))) static void tell_others_locked(
	const struct client *from, const char *format, ...)
{
	char text[MAX_LINE + MAX_NAME + 64];
	struct client *c;
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (c = room.first; c; c = c->next) {
		if (c != from)
			queue_put(c, text, (size_t)size);
	}
}

static void tell_who_locked(struct client *to)
{
	char text[MAX_LINE] = "* here:";
	size_t used = strlen(text);
	struct client *c;

	for (c = room.first; c && used < sizeof(text) - MAX_NAME - 8;
	     c = c->next)
		used += (size_t)sprintf(text + used, " %s", c->name);
	used += (size_t)sprintf(text + used, "%s\n", c ? " ..." : "");
	queue_put(to, text, used);
}

/* --- the room ------------------------------------------------------------ */

/*
 * Returns whether the name was free. Who is here is told before the lock is
 * given up, so that the client hears of every later arrival after that.
 */
static bool room_enter(struct client *c)
{
	struct client **at;
	bool is_free;

	pthread_mutex_lock(&room.lock);
	at = &room.first;
	while (*at && strcmp((*at)->name, c->name) < 0)
		at = &(*at)->next;
	is_free = !*at || strcmp((*at)->name, c->name) != 0;
	if (is_free) {
		c->next = *at;
		*at = c;
		tell_who_locked(c);
		tell_others_locked(c, "* %s joined\n", c->name);
	}
	pthread_mutex_unlock(&room.lock);
	return is_free;
}

static void room_leave(struct client *c)
{
	struct client **at;

	pthread_mutex_lock(&room.lock);
	for (at = &room.first; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	tell_others_locked(c, "* %s left\n", c->name);
	pthread_mutex_unlock(&room.lock);
}

static void room_hear(struct client *c, const char *line)
{
	pthread_mutex_lock(&room.lock);
	if (!strcmp(line, "/who"))
		tell_who_locked(c);
	else
		tell_others_locked(c, "%s: %s\n", c->name, line);
	pthread_mutex_unlock(&room.lock);
}

/* --- a client's two threads ---------------------------------------------- */

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

static void *writer(void *arg)
{
	struct client *c = arg;
	struct line *line;
	bool gone = false;

	while ((line = queue_get(c))) {
		/* What a client that is gone was to get is thrown away. */
		if (!gone && write_all(c->fd, line->text, line->size) < 0)
			gone = true;
		free(line);
	}
	return NULL;
}

/* Reads a line and cuts its end off. Returns false at end of file. */
static bool read_line(FILE *in, char **line, size_t *room_for)
{
	ssize_t n = getline(line, room_for, in);

	if (n < 0)
		return false;
	while (n > 0 && ((*line)[n - 1] == '\n' || (*line)[n - 1] == '\r'))
		(*line)[--n] = '\0';
	if (n > MAX_LINE)
		(*line)[MAX_LINE] = '\0';
	return true;
}

static bool good_name(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++) {
		if (i == MAX_NAME || !isalnum((unsigned char)name[i]))
			return false;
	}
	return i > 0;
}

static bool introduce(struct client *c, FILE *in, char **line, size_t *size)
{
	tell(c, "* your name?\n");
	while (read_line(in, line, size)) {
		if (!good_name(*line)) {
			tell(c, "* letters and digits, %d at most\n", MAX_NAME);
			continue;
		}
		strcpy(c->name, *line);
		if (room_enter(c))
			return true;
		tell(c, "* %s is taken\n", c->name);
	}
	return false;
}

static void converse(struct client *c, FILE *in)
{
	char *line = NULL;
	size_t size = 0;

	if (introduce(c, in, &line, &size)) {
		while (read_line(in, &line, &size) && strcmp(line, "/quit"))
			room_hear(c, line);
		room_leave(c);
		tell(c, "* bye\n");
	}
	free(line);
}

static void *reader(void *arg)
{
	struct client c = { .fd = (int)(intptr_t)arg };
	FILE *in = fdopen(c.fd, "r");
	pthread_t writer_thread;

	if (!in) {
		close(c.fd);
		return NULL;
	}
	pthread_mutex_init(&c.lock, NULL);
	pthread_cond_init(&c.changed, NULL);
	c.last = &c.first;
	if (pthread_create(&writer_thread, NULL, writer, &c) == 0) {
		converse(&c, in);
		queue_close(&c);
		pthread_join(writer_thread, NULL);
	}
	pthread_cond_destroy(&c.changed);
	pthread_mutex_destroy(&c.lock);
	fclose(in);
	return NULL;
}

/* --- the server ---------------------------------------------------------- */

static int listen_on(uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    listen(fd, SOMAXCONN) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) < 0) {
		fprintf(stderr, "chat: port %u: %s\n", port, strerror(errno));
		return -1;
	}
	printf("chat: listening on 127.0.0.1 port %u\n", ntohs(sa.sin_port));
	fflush(stdout);
	return fd;
}

int main(int argc, char **argv)
{
	pthread_attr_t attr;
	int listener;

	if (argc > 2) {
		fputs("usage: chat [PORT]\n", stderr);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	listener = listen_on(argc > 1 ? (uint16_t)atoi(argv[1]) : 0);
	if (listener < 0)
		return 1;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		pthread_t thread;
		int error;

		if (fd < 0) {
			perror("chat: accept");
			sleep(1);
			continue;
		}
		error = pthread_create(&thread, &attr, reader,
				       (void *)(intptr_t)fd);
		if (error) {
			fprintf(stderr, "chat: no thread for a client: %s\n",
				strerror(error));
			close(fd);
		}
	}
}
