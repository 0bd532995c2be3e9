/*
 * ping: a game of threads that throw a token to each other over sockets.
 *
 * At each table some peers sit in a circle, every one a thread with a UDP
 * socket. Who holds the token throws it to another that is still in; that one
 * calls back that it has caught it, and throws it on. But each has strength for
 * so many catches only, and then leaves without a word. A thrower that hears
 * nothing before a timeout counts the other as out, and throws to somebody
 * else. Who holds the token when all others are out has won.
 *
 * All chance is in the token, so the same seed gives the same games, however
 * the threads are scheduled, as long as no call back takes longer than the
 * timeout.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_PEERS 32

enum kind { TOKEN, CAUGHT };

struct message {
	uint32_t kind;
	uint32_t from;	 /* the sender's number at the table */
	uint32_t number; /* of the throw: 1, 2... */
	/* What follows travels with the token. */
	uint32_t out;	 /* a bit for each peer that is known to be out */
	uint64_t chance; /* state of the random numbers */
};

struct table;

struct peer {
	struct table *table;
	pthread_t thread;
	int number;
	int fd;
	uint16_t port;
	int strength; /* catches left */
	/* The token came back before the call that it was caught did. */
	bool has_early;
	struct message early;
};

struct table {
	struct peer peers[MAX_PEERS];
	uint64_t chance; /* what the token begins with */
	/* The result: written by the peers in turn, as the token goes. */
	int order[MAX_PEERS];
	int out_count;
	int winner;
	uint32_t throws;
};

static int table_count = 16;
static int peer_count = 6;
static int timeout_ms = 400;
static uint64_t seed = 1;

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "ping: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* --- throwing and catching ----------------------------------------------- */

static void post(const struct peer *from, const struct peer *to,
		 struct message *m)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(to->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	m->from = (uint32_t)from->number;
	if (sendto(from->fd, m, sizeof(*m), 0, (struct sockaddr *)&sa,
		   sizeof(sa)) != sizeof(*m))
		die("sendto");
}

static void receive(const struct peer *p, struct message *m)
{
	ssize_t n;

	do {
		n = recv(p->fd, m, sizeof(*m), 0);
	} while (n < 0 && errno == EINTR);
	if (n != sizeof(*m))
		die("recv");
}

/* Waits for a message until the deadline; returns false after it. */
static bool receive_until(const struct peer *p, struct message *m,
			  uint64_t deadline)
{
	struct pollfd pollfd = { .fd = p->fd, .events = POLLIN };
	uint64_t now;
	int n;

	for (;;) {
		now = now_ms();
		n = poll(&pollfd, 1,
			 now < deadline ? (int)(deadline - now) : 0);
		if (n < 0 && errno != EINTR)
			die("poll");
		if (n > 0) {
			receive(p, m);
			return true;
		}
		if (n == 0 && now >= deadline)
			return false;
	}
}

static const struct peer *choose(const struct peer *p, struct message *token)
{
	const struct peer *in[MAX_PEERS];
	int i, count = 0;

	for (i = 0; i < peer_count; i++) {
		if (i != p->number && !(token->out & 1u << i))
			in[count++] = &p->table->peers[i];
	}
	return count ? in[draw(&token->chance) % (unsigned int)count] : NULL;
}

/* Waits until the token comes, and calls back. Returns false to leave. */
static bool catch_token(struct peer *p, struct message *token)
{
	struct message back = { .kind = CAUGHT };

	if (p->has_early) {
		*token = p->early;
		p->has_early = false;
	} else {
		/* A call back that is still on its way is of no use now. */
		do {
			receive(p, token);
		} while (token->kind != TOKEN);
	}
	if (p->strength == 0)
		return false;
	p->strength--;
	back.number = token->number;
	post(p, &p->table->peers[token->from], &back);
	return true;
}

/* Waits for the call that the throw was caught; returns false at a timeout. */
static bool was_caught(struct peer *p, uint32_t number)
{
	uint64_t deadline = now_ms() + (uint64_t)timeout_ms;
	struct message answer;

	while (receive_until(p, &answer, deadline)) {
		if (answer.kind == CAUGHT && answer.number == number)
			return true;
		if (answer.kind == TOKEN) {
			p->early = answer;
			p->has_early = true;
			return true;
		}
	}
	return false;
}

/* Throws until somebody has caught it. Returns false when all are out. */
static bool throw_token(struct peer *p, struct message *token)
{
	struct table *t = p->table;
	const struct peer *to;

	while ((to = choose(p, token))) {
		token->number++;
		t->throws = token->number;
		post(p, to, token);
		if (was_caught(p, token->number))
			return true;
		token->out |= 1u << to->number;
		t->order[t->out_count++] = to->number;
	}
	return false;
}

static void *play(void *arg)
{
	struct peer *p = arg;
	struct message token = { .kind = TOKEN, .chance = p->table->chance };
	bool holds_it = p->number == 0;

	while (holds_it || catch_token(p, &token)) {
		if (!throw_token(p, &token)) {
			p->table->winner = p->number;
			break;
		}
		holds_it = false;
	}
	return NULL;
}

/* --- the tables ---------------------------------------------------------- */

static void seat(struct table *t, int number, uint64_t *chance)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	struct peer *p = &t->peers[number];

	p->table = t;
	p->number = number;
	p->strength = 20 + (int)(draw(chance) % 180);
	p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || bind(p->fd, (struct sockaddr *)&sa, len) < 0 ||
	    getsockname(p->fd, (struct sockaddr *)&sa, &len) < 0)
		die("socket");
	p->port = ntohs(sa.sin_port);
}

static void start(struct table *t, uint64_t *chance)
{
	int i, error;

	for (i = 0; i < peer_count; i++)
		seat(t, i, chance);
	t->chance = draw(chance);
	for (i = 0; i < peer_count; i++) {
		error = pthread_create(&t->peers[i].thread, NULL, play,
				       &t->peers[i]);
		if (error) {
			errno = error;
			die("no thread");
		}
	}
}

static void finish(struct table *t)
{
	int i;

	/* A peer that has left keeps its socket: throws to it get no error. */
	for (i = 0; i < peer_count; i++)
		pthread_join(t->peers[i].thread, NULL);
	for (i = 0; i < peer_count; i++)
		close(t->peers[i].fd);
}

static void report(const struct table *tables)
{
	unsigned long throws = 0, out = 0;
	int i, j;

	for (i = 0; i < table_count; i++) {
		const struct table *t = &tables[i];

		printf("table %d: %u throws, out in turn:", i, t->throws);
		for (j = 0; j < t->out_count; j++)
			printf(" %d", t->order[j]);
		printf(", %d wins\n", t->winner);
		throws += t->throws;
		out += (unsigned long)t->out_count;
	}
	printf("%d peers, %lu throws, %lu timeouts\n", table_count * peer_count,
	       throws, out);
}

static int number(const char *text, int min, int max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || end == text || value < min || value > max) {
		fprintf(stderr, "ping: %s: not a number from %d to %d\n", text,
			min, max);
		exit(2);
	}
	return (int)value;
}

int main(int argc, char **argv)
{
	struct table *tables;
	uint64_t chance;
	int opt, i;

	while ((opt = getopt(argc, argv, "g:p:t:s:h")) != -1) {
		switch (opt) {
		case 'g':
			table_count = number(optarg, 1, 10000);
			break;
		case 'p':
			peer_count = number(optarg, 2, MAX_PEERS);
			break;
		case 't':
			timeout_ms = number(optarg, 1, 60000);
			break;
		case 's':
			seed = (uint64_t)number(optarg, 0, 1000000);
			break;
		default:
			fputs("usage: ping [-g TABLES] [-p PEERS at each] "
			      "[-t TIMEOUT in ms] [-s SEED]\n",
			      opt == 'h' ? stdout : stderr);
			return opt == 'h' ? 0 : 2;
		}
	}
	tables = calloc((size_t)table_count, sizeof(*tables));
	if (!tables)
		die("calloc");
	chance = seed;
	for (i = 0; i < table_count; i++)
		start(&tables[i], &chance);
	for (i = 0; i < table_count; i++)
		finish(&tables[i]);
	report(tables);
	free(tables);
	return 0;
}
