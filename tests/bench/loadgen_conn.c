/*
 * loadgen_conn.c: connections, and the verification of what comes back.
 *
 * The content of a message follows from the run, the connection and the
 * message's number, so that an echo which is wrong, stale, truncated, doubled,
 * or meant for another connection does not match.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loadgen.h"

#define MAX_EVENTS     512
#define STAMP_SIZE     16u
#define PATTERN_SIZE   4096u
#define MAX_COMPLAINTS 5u

static int epfd;
static uint64_t run_key;
static uint8_t pattern[PATTERN_SIZE + MAX_SIZE];
/* One byte more than a message, so that an extra one shows at once. */
static uint8_t inbox[MAX_SIZE + 1];
static uint8_t outbox[MAX_SIZE];

/* --- messages ------------------------------------------------------------ */

/* splitmix64: every bit of the result depends on every bit of x. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static void pattern_init(void)
{
	uint64_t word;
	size_t i;

	for (i = 0; i < sizeof(pattern); i += sizeof(word)) {
		word = mix(i);
		memcpy(pattern + i, &word, sizeof(word));
	}
}

/*
 * A message is a stamp of STAMP_SIZE bytes (or what of it fits) and then bytes
 * of the pattern, from a place that the stamp chooses.
 */
static const uint8_t *message(const struct conn *c, uint8_t stamp[STAMP_SIZE])
{
	uint64_t word[2];

	word[0] = mix(run_key ^ mix(((uint64_t)c->id << 40) ^ c->seq));
	word[1] = mix(word[0]);
	memcpy(stamp, word, STAMP_SIZE);
	return pattern + word[1] % PATTERN_SIZE;
}

static const uint8_t *fill(const struct conn *c)
{
	uint8_t stamp[STAMP_SIZE];
	const uint8_t *body = message(c, stamp);

	if (opt.size <= STAMP_SIZE) {
		memcpy(outbox, stamp, opt.size);
	} else {
		memcpy(outbox, stamp, STAMP_SIZE);
		memcpy(outbox + STAMP_SIZE, body, opt.size - STAMP_SIZE);
	}
	return outbox;
}

/* Whether inbox[0..n) is what the echo should hold at c->got. */
static bool matches(const struct conn *c, uint32_t n)
{
	uint8_t stamp[STAMP_SIZE];
	const uint8_t *body = message(c, stamp);
	const uint8_t *in = inbox;
	uint32_t at = c->got;
	uint32_t part;

	if (at < STAMP_SIZE) {
		part = STAMP_SIZE - at < n ? STAMP_SIZE - at : n;
		if (memcmp(in, stamp + at, part))
			return false;
		in += part;
		at += part;
		n -= part;
	}
	return n == 0 || !memcmp(in, body + at - STAMP_SIZE, n);
}

/* --- connections --------------------------------------------------------- */

static void watch(struct conn *c, int op, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	if (epoll_ctl(epfd, op, c->fd, &ev) < 0) {
		perror("loadgen: epoll_ctl");
		exit(2);
	}
}

static void set_state(struct conn *c, enum state state)
{
	bool was_busy = c->state == CONNECTING || c->state == BUSY ||
			c->state == DRAINING;
	bool is_busy = state == CONNECTING || state == BUSY ||
		       state == DRAINING;

	run.busy += (uint32_t)is_busy - (uint32_t)was_busy;
	run.live += (uint32_t)(state != CLOSED) -
		    (uint32_t)(c->state != CLOSED);
	c->state = (uint8_t)state;
}

static void drop(struct conn *c)
{
	close(c->fd);
	c->fd = -1;
	set_state(c, CLOSED);
}

/* A connection that failed once is not used again. */
__attribute__((format(printf, 3, 4))) static void fail(struct conn *c,
						       enum failure kind,
						       const char *format, ...)
{
	va_list args;

	run.failures[kind]++;
	if (run.complaints++ < MAX_COMPLAINTS) {
		fprintf(stderr, "loadgen: connection %u, message %llu: ", c->id,
			(unsigned long long)c->seq);
		va_start(args, format);
		vfprintf(stderr, format, args);
		va_end(args);
		fputc('\n', stderr);
	}
	drop(c);
}

/* Sends the rest of the current message. Level triggered: one try is enough. */
static void send_rest(struct conn *c)
{
	const uint8_t *data = fill(c);
	ssize_t n = send(c->fd, data + c->sent, opt.size - c->sent,
			 MSG_NOSIGNAL);

	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR) {
			fail(c, ERR_RESET, "send: %s", strerror(errno));
			return;
		}
		n = 0;
	}
	c->sent += (uint32_t)n;
	if ((c->sent < opt.size) != c->wants_out) {
		c->wants_out = !c->wants_out;
		watch(c, EPOLL_CTL_MOD,
		      c->wants_out ? EPOLLIN | EPOLLOUT : EPOLLIN);
	}
}

void conn_next_message(struct conn *c)
{
	if (c->opened)
		c->seq++;
	c->sent = 0;
	c->got = 0;
	c->start_ns = run.now;
	if (run.phase == MEASURE)
		run.issued++;
	set_state(c, BUSY);
	send_rest(c);
}

bool conn_may_send(void)
{
	if (run.phase == WARMUP)
		return true;
	return run.phase == MEASURE &&
	       (!opt.requests || run.issued < opt.requests);
}

/* The whole echo has come and was right. */
static void complete(struct conn *c)
{
	run.verified++;
	if (!c->opened) {
		c->opened = true;
		run.opened++;
		hist_record(&run.connect_time, run.now - c->start_ns);
		if (opt.verbose && run.opened % 1000 == 0)
			fprintf(stderr, "loadgen: %u of %u connections\n",
				run.opened, opt.conns);
	} else if (run.phase == MEASURE) {
		run.measured++;
		hist_record(&run.latency, run.now - c->start_ns);
	}
	if (conn_may_send())
		conn_next_message(c);
	else
		set_state(c, IDLE);
}

static void receive(struct conn *c)
{
	uint32_t due = c->state == BUSY ? opt.size - c->got : 0;
	ssize_t got = recv(c->fd, inbox, due + 1, 0);
	uint32_t n;

	if (got < 0) {
		if (errno != EAGAIN && errno != EINTR)
			fail(c, ERR_RESET, "recv: %s", strerror(errno));
		return;
	}
	if (got == 0) {
		if (c->state == DRAINING)
			drop(c);
		else
			fail(c, ERR_SHORT, "closed after %u of %u bytes",
			     c->state == BUSY ? c->got : opt.size, opt.size);
		return;
	}
	run.now = clock_ns(CLOCK_MONOTONIC);
	n = (uint32_t)got < due ? (uint32_t)got : due;
	if (!matches(c, n)) {
		fail(c, ERR_MISMATCH, "wrong byte in %u to %u of %u", c->got,
		     c->got + n, opt.size);
		return;
	}
	c->got += n;
	/* An echo that came before everything was sent is a byte too early,
	 * too. */
	if ((uint32_t)got > due || c->got > c->sent) {
		fail(c, ERR_EXTRA, "more bytes than were sent");
		return;
	}
	if (c->got == opt.size)
		complete(c);
}

static bool bind_source(struct conn *c)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	int one = 1;

	if (opt.addresses < 2)
		return true;
	/* From 127.0.1.1 on; connect chooses the port. */
	sa.sin_addr.s_addr = htonl(0x7f000101u + c->id % opt.addresses);
	setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one,
		   sizeof(one));
	return bind(c->fd, (struct sockaddr *)&sa, sizeof(sa)) == 0;
}

void conn_open(struct conn *c)
{
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		perror("loadgen: socket");
		exit(2);
	}
	c->fd = fd;
	c->start_ns = run.now;
	set_state(c, CONNECTING);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!bind_source(c)) {
		fail(c, ERR_CONNECT, "bind: %s", strerror(errno));
		return;
	}
	if (connect(fd, (struct sockaddr *)&server, sizeof(server)) < 0 &&
	    errno != EINPROGRESS) {
		fail(c, ERR_CONNECT, "connect: %s", strerror(errno));
		return;
	}
	watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

static void connected(struct conn *c)
{
	uint64_t start = c->start_ns;
	socklen_t len = sizeof(int);
	int error = 0;

	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error) {
		fail(c, ERR_CONNECT, "connect: %s", strerror(error));
		return;
	}
	c->wants_out = true;
	conn_next_message(c);
	/* The time of the first message counts from the connect. */
	c->start_ns = start;
}

static void handle(struct conn *c, uint32_t events)
{
	switch (c->state) {
	case CLOSED:
		break;
	case CONNECTING:
		connected(c);
		break;
	default:
		/* recv() reports errors and hang-ups. */
		if (events & ~(uint32_t)EPOLLOUT)
			receive(c);
		if ((events & EPOLLOUT) && c->state == BUSY && c->wants_out)
			send_rest(c);
	}
}

void conn_finish(struct conn *c)
{
	c->start_ns = run.now;
	set_state(c, DRAINING);
	if (shutdown(c->fd, SHUT_WR) < 0)
		fail(c, ERR_RESET, "shutdown: %s", strerror(errno));
}

static void check_timeouts(void)
{
	uint64_t limit = (uint64_t)(opt.timeout * (double)SECOND);
	struct conn *c;
	uint32_t i;

	for (i = 0; i < run.started; i++) {
		c = &run.conns[i];
		if (c->state == CLOSED || c->state == IDLE ||
		    run.now - c->start_ns < limit)
			continue;
		if (c->state == CONNECTING)
			fail(c, ERR_CONNECT, "no connection in time");
		else
			fail(c, ERR_TIMEOUT, "%s in time",
			     c->state == BUSY ? "no echo" : "no end of file");
	}
}

/* Handles events, for some 100 ms at most. */
void conn_turn(void)
{
	static struct epoll_event events[MAX_EVENTS];
	static uint64_t next_check;
	int i, n;

	n = epoll_wait(epfd, events, MAX_EVENTS, 100);
	if (n < 0 && errno != EINTR) {
		perror("loadgen: epoll_wait");
		exit(2);
	}
	run.now = clock_ns(CLOCK_MONOTONIC);
	for (i = 0; i < n; i++)
		handle(events[i].data.ptr, events[i].events);
	if (run.now >= next_check) {
		check_timeouts();
		next_check = run.now + SECOND / 10;
	}
}

uint64_t conn_failures(void)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < ERR_KINDS; i++)
		sum += run.failures[i];
	return sum;
}

void conn_init(void)
{
	pattern_init();
	run_key = mix(run.now ^ (uint64_t)getpid());
	epfd = epoll_create1(EPOLL_CLOEXEC);
	if (epfd < 0) {
		perror("loadgen: epoll_create1");
		exit(2);
	}
}
