// SPDX-License-Identifier: MIT
/* The protocols that the client speaks, one function for a round of each. */
#define _GNU_SOURCE
#include "client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

bool echo(struct conn *c, int round)
{
	static const size_t sizes[] = { 1, 7, 100, 1460, 4096, 16384 };
	uint64_t seed = (uint64_t)c->id * 1000 + (uint64_t)round;
	uint64_t out = pattern_start(seed), in = out;
	size_t len = sizes[(size_t)(c->id + round) % 6];

	return put_pattern(c, &out, len) && get_pattern(c, &in, len);
}

static void *bulk_writer(void *arg)
{
	struct conn *c = arg;
	uint64_t s = pattern_start((uint64_t)c->id);

	put_pattern(c, &s, opt.bulk);
	return NULL;
}

/* More than all buffers on the way hold, so both ends must interleave. */
bool bulk(struct conn *c)
{
	uint64_t s = pattern_start((uint64_t)c->id);
	pthread_t writer;
	bool ok;

	if (pthread_create(&writer, NULL, bulk_writer, c))
		return fail(c, "no thread");
	ok = get_pattern(c, &s, opt.bulk);
	if (!ok)
		shutdown(c->fd, SHUT_RDWR);
	pthread_join(writer, NULL);
	return ok && !c->err[0];
}

static bool reconnect(struct conn *c)
{
	conn_close(c);
	return conn_open(c) && conn_tunnel(c) && conn_tls(c);
}

/* Send one GET and take the first line of the answer. */
static bool http_ask(struct conn *c, size_t size, unsigned seed, char *line)
{
	char base[64] = "";

	if (opt.via == PROXY)
		snprintf(base, sizeof(base), "http://127.0.0.1:%d", opt.target);
	return say(c,
		   "GET %s/%zu/%u HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
		   "User-Agent: greenshim-client\r\n%s\r\n",
		   base, size, seed, opt.target ? opt.target : opt.port,
		   opt.keep ? "" : "Connection: close\r\n") &&
	       get_line(c, line, HEADMAX);
}

bool http(struct conn *c, int round)
{
	size_t pick = (size_t)(c->id + round);
	size_t size = pattern_sizes[pick % PATTERN_NSIZES];
	unsigned seed = (unsigned)(pick / PATTERN_NSIZES % PATTERN_NSEEDS);
	uint64_t s = pattern_start(seed);
	char line[HEADMAX];
	long length = -1;

	if (round > 0 && !opt.keep && !reconnect(c))
		return false;
	if (!http_ask(c, size, seed, line)) {
		/* A server may close an idle persistent connection at any
		 * moment; the request is then sent again (RFC 9112, 9.3.1). */
		if (round == 0 || !opt.keep || c->rlen > c->rpos)
			return false;
		c->err[0] = '\0';
		if (!reconnect(c) || !http_ask(c, size, seed, line))
			return false;
	}
	if (strncmp(line, "HTTP/1.", 7) || strncmp(line + 8, " 200", 4))
		return fail(c, "/%zu/%u: %.80s", size, seed, line);
	do {
		if (!get_line(c, line, sizeof(line)))
			return false;
		if (!strncasecmp(line, "Content-Length:", 15))
			length = strtol(line + 15, NULL, 10);
	} while (line[0]);
	if (length >= 0 && (size_t)length != size)
		return fail(c, "/%zu/%u: length %ld", size, seed, length);
	return get_pattern(c, &s, size) && (opt.keep || get_eof(c));
}

/* The size of the n-th value that is stored. */
static size_t value_size(int n)
{
	static const size_t sizes[] = { 3, 900, 20000, 200000 };
	size_t size = sizes[n % 4];

	return opt.limit && size > opt.limit ? opt.limit : size;
}

static bool memcached_get(struct conn *c, const char *key, size_t size,
			  uint64_t seed)
{
	uint64_t s = pattern_start(seed);
	char want[128];

	snprintf(want, sizeof(want), "VALUE %s 42 %zu", key, size);
	return say(c, "get %s\r\n", key) && expect(c, want) &&
	       get_pattern(c, &s, size) && expect(c, "") && expect(c, "END");
}

/* The text protocol: set, get, add, incr, gets of a neighbour, delete. */
bool memcached(struct conn *c, int round)
{
	size_t size = value_size(c->id + round);
	uint64_t seed = (uint64_t)c->id * 1000 + (uint64_t)round;
	uint64_t s = pattern_start(seed);
	char key[64], sum[32];

	snprintf(key, sizeof(key), "k%d.%d", c->id, round);
	snprintf(sum, sizeof(sum), "%d", c->id + 7);
	return say(c, "set %s 42 0 %zu\r\n", key, size) &&
	       put_pattern(c, &s, size) && put(c, "\r\n", 2) &&
	       expect(c, "STORED") && memcached_get(c, key, size, seed) &&
	       say(c, "add %s 0 0 1\r\nx\r\n", key) &&
	       expect(c, "NOT_STORED") &&
	       say(c, "set n%d 0 0 %d noreply\r\n%d\r\n", c->id,
		   snprintf(NULL, 0, "%d", c->id), c->id) &&
	       say(c, "incr n%d 7\r\n", c->id) && expect(c, sum) &&
	       memcached_get(c, key, size, seed) &&
	       say(c, "delete %s\r\n", key) && expect(c, "DELETED") &&
	       say(c, "get %s\r\n", key) && expect(c, "END");
}

/* RESP: SET, GET, INCRBY, DEL, and a pipeline of two. */
bool redis(struct conn *c, int round)
{
	size_t size = value_size(c->id + round);
	uint64_t out = pattern_start((uint64_t)c->id * 1000 + (uint64_t)round);
	uint64_t in = out;
	char key[32], want[32];
	size_t klen;

	klen = (size_t)snprintf(key, sizeof(key), "k%d.%d", c->id, round);
	snprintf(want, sizeof(want), "$%zu", size);
	if (!say(c, "*3\r\n$3\r\nSET\r\n$%zu\r\n%s\r\n$%zu\r\n", klen, key,
		 size) ||
	    !put_pattern(c, &out, size) || !put(c, "\r\n", 2) ||
	    !expect(c, "+OK") ||
	    !say(c, "*2\r\n$3\r\nGET\r\n$%zu\r\n%s\r\n", klen, key) ||
	    !expect(c, want) || !get_pattern(c, &in, size) || !expect(c, ""))
		return false;
	snprintf(want, sizeof(want), ":%d", c->id + 7);
	return say(c, "SET n%d %d\r\nINCRBY n%d 7\r\n", c->id, c->id, c->id) &&
	       expect(c, "+OK") && expect(c, want) &&
	       say(c, "DEL %s\r\n", key) && expect(c, ":1") &&
	       say(c, "GET %s\r\n", key) && expect(c, "$-1");
}
