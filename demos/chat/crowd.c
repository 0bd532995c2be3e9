/*
 * crowd: many chat clients at once that all talk and all listen.
 *
 * usage: crowd PORT CLIENTS LINES
 *
 * Every client says LINES numbered lines as soon as all have joined, and must
 * get those of every other, each speaker's in their order, and nothing else.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int port, clients, lines;
static pthread_barrier_t joined;

__attribute__((noreturn)) static void fail(int who, const char *what,
					   const char *line)
{
	printf("crowd: client %d: %s: %s", who, what, line ? line : "\n");
	exit(1);
}

static FILE *join(int who)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { .tv_sec = 20 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char line[2048];
	FILE *io;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		fail(who, "cannot connect", NULL);
	io = fdopen(fd, "r");
	if (!io || dprintf(fd, "client%d\n", who) < 0)
		fail(who, "cannot send", NULL);
	/* The question for the name, and who is here. */
	if (!fgets(line, sizeof(line), io) || !fgets(line, sizeof(line), io))
		fail(who, "no welcome", NULL);
	return io;
}

static void *client(void *arg)
{
	int who = (int)(intptr_t)arg;
	int *heard = calloc((size_t)clients, sizeof(*heard));
	FILE *io = join(who);
	int due = (clients - 1) * lines;
	int i, speaker, number;
	char line[2048];

	pthread_barrier_wait(&joined);
	for (i = 0; i < lines; i++) {
		if (dprintf(fileno(io), "line %d\n", i) < 0)
			fail(who, "cannot send", NULL);
	}
	while (due > 0) {
		if (!fgets(line, sizeof(line), io))
			fail(who, "lines are missing", NULL);
		if (strstr(line, " joined\n"))
			continue;
		if (sscanf(line, "client%d: line %d", &speaker, &number) != 2 ||
		    speaker < 0 || speaker >= clients || speaker == who)
			fail(who, "an odd line", line);
		if (number != heard[speaker]++)
			fail(who, "a line out of order", line);
		due--;
	}
	/* Nobody leaves before all have heard all. */
	pthread_barrier_wait(&joined);
	fclose(io);
	free(heard);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t *thread;
	int i;

	if (argc != 4) {
		fputs("usage: crowd PORT CLIENTS LINES\n", stderr);
		return 2;
	}
	port = atoi(argv[1]);
	clients = atoi(argv[2]);
	lines = atoi(argv[3]);
	pthread_barrier_init(&joined, NULL, (unsigned int)clients);
	thread = calloc((size_t)clients, sizeof(*thread));
	for (i = 0; i < clients; i++) {
		if (pthread_create(&thread[i], NULL, client,
				   (void *)(intptr_t)i))
			fail(i, "no thread", NULL);
	}
	for (i = 0; i < clients; i++)
		pthread_join(thread[i], NULL);
	printf("%d clients said %d lines each: %d lines heard, in order\n",
	       clients, lines, clients * (clients - 1) * lines);
	free(thread);
	return 0;
}
