/*
 * talk: plays several clients of a line server, from a script.
 *
 * usage: talk PORT <SCRIPT
 *
 * Each line of the script is a step of one client:
 *
 *     NAME connect       connect to the port
 *     NAME > TEXT        send a line
 *     NAME raw TEXT      send TEXT without an end of line
 *     NAME < TEXT        a line must come, and be TEXT
 *     NAME end           send end of file
 *     NAME eof           end of file must come
 *     NAME close         close the connection
 *
 * Steps are printed as they are done, so the output is the script when all goes
 * well. What does not come within 10 seconds is an error, and so is what comes
 * unasked for: it is there at the next step that reads.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_CLIENTS 64
#define PATIENCE    10 /* seconds */

struct client {
	char name[32];
	int fd;
	FILE *in;
};

static struct client clients[MAX_CLIENTS];
static int client_count;
static uint16_t port;

__attribute__((noreturn)) static void fail(const char *step, const char *what)
{
	printf("FAILED: %s: %s\n", step, what);
	exit(1);
}

static struct client *find(const char *name, const char *step)
{
	int i;

	for (i = 0; i < client_count; i++) {
		if (!strcmp(clients[i].name, name))
			return &clients[i];
	}
	if (client_count == MAX_CLIENTS ||
	    strlen(name) >= sizeof(clients->name))
		fail(step, "too many clients, or too long a name");
	strcpy(clients[client_count].name, name);
	clients[client_count].fd = -1;
	return &clients[client_count++];
}

static void do_connect(struct client *c, const char *step)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { .tv_sec = PATIENCE };

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0 ||
	    connect(c->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		fail(step, strerror(errno));
	c->in = fdopen(c->fd, "r");
	if (!c->in)
		fail(step, strerror(errno));
}

static void do_send(struct client *c, const char *text, const char *end,
		    const char *step)
{
	char line[4096];
	int size = snprintf(line, sizeof(line), "%s%s", text, end);

	/* A short script line fits into any socket's buffer. */
	if (write(c->fd, line, (size_t)size) != size)
		fail(step, strerror(errno));
}

/* Returns the line without its end, or NULL at end of file. */
static char *get_line(struct client *c, const char *step)
{
	static char *line;
	static size_t room;
	ssize_t n;

	errno = 0;
	n = getline(&line, &room, c->in);
	if (n < 0 && errno == EAGAIN)
		fail(step, "nothing came in time");
	if (n < 0 && ferror(c->in))
		fail(step, strerror(errno));
	if (n < 0)
		return NULL;
	if (n > 0 && line[n - 1] == '\n')
		line[n - 1] = '\0';
	return line;
}

static void do_expect(struct client *c, const char *text, const char *step)
{
	char what[4200];
	char *line = get_line(c, step);

	if (!line)
		fail(step, "end of file came");
	if (strcmp(line, text) != 0) {
		snprintf(what, sizeof(what), "came: %.4000s", line);
		fail(step, what);
	}
}

static void do_eof(struct client *c, const char *step)
{
	char what[4200];
	char *line = get_line(c, step);

	if (line) {
		snprintf(what, sizeof(what), "came: %.4000s", line);
		fail(step, what);
	}
}

static void play(const char *step)
{
	char copy[4096];
	char *verb, *text;
	struct client *c;

	snprintf(copy, sizeof(copy), "%s", step);
	verb = strchr(copy, ' ');
	if (!verb)
		fail(step, "no such step");
	*verb++ = '\0';
	text = strchr(verb, ' ');
	if (text)
		*text++ = '\0';
	else
		text = verb + strlen(verb);
	c = find(copy, step);
	if (c->fd < 0 && strcmp(verb, "connect") != 0)
		fail(step, "not connected");
	if (!strcmp(verb, "connect")) {
		do_connect(c, step);
	} else if (!strcmp(verb, ">")) {
		do_send(c, text, "\n", step);
	} else if (!strcmp(verb, "raw")) {
		do_send(c, text, "", step);
	} else if (!strcmp(verb, "<")) {
		do_expect(c, text, step);
	} else if (!strcmp(verb, "end")) {
		shutdown(c->fd, SHUT_WR);
	} else if (!strcmp(verb, "eof")) {
		do_eof(c, step);
	} else if (!strcmp(verb, "close")) {
		fclose(c->in);
		c->fd = -1;
	} else {
		fail(step, "no such step");
	}
	printf("%s\n", step);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	if (argc != 2) {
		fputs("usage: talk PORT <SCRIPT\n", stderr);
		return 2;
	}
	port = (uint16_t)atoi(argv[1]);
	signal(SIGPIPE, SIG_IGN);
	while ((n = getline(&line, &room, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (line[0] && line[0] != '#')
			play(line);
	}
	free(line);
	return 0;
}
