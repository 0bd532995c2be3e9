/* SPDX-License-Identifier: MIT */
/* What the files of the client share; client.c says what it is for. */
#ifndef PROGRAMS_CLIENT_H
#define PROGRAMS_CLIENT_H

#include "pattern.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef WITH_TLS
#include <openssl/ssl.h>
#else
typedef void SSL;
#endif

#define HEADMAX 4096

/* One connection; only its own thread (and its bulk writer) touches it. */
struct conn {
	int id;
	int fd;		   /* -1: none */
	SSL *ssl;	   /* NULL: plain */
	size_t rpos, rlen; /* the part of rbuf that is read but not used yet */
	char err[160];	   /* empty: no failure so far */
	char rbuf[16384];
};

/* One round of requests on c. False: c->err says why it failed. */
typedef bool request_fn(struct conn *c, int round);

struct options {
	int n, rounds, wait_s, pace_us;
	pid_t pid;	       /* 0: watch nobody */
	uint16_t port, target; /* target 0: none */
	enum { DIRECT, PROXY, CONNECT, SOCKS5 } via;
	bool use_tls, keep;
	size_t bulk;
	size_t limit; /* 0: none */
	request_fn *request;
};

extern struct options opt; /* set by main, read by all */
extern atomic_ulong bytes; /* received and correct */

/* client_io.c: on failure all call fail() and return false or -1. */
__attribute__((format(printf, 2, 3))) bool fail(struct conn *c, const char *fmt,
						...);
bool put(struct conn *c, const void *buf, size_t len);
__attribute__((format(printf, 2, 3))) bool say(struct conn *c, const char *fmt,
					       ...);
bool put_pattern(struct conn *c, uint64_t *s, size_t len);
bool get_line(struct conn *c, char *buf, size_t cap);
bool expect(struct conn *c, const char *line);
bool get_pattern(struct conn *c, uint64_t *s, size_t len);
bool get_eof(struct conn *c);
int tcp_connect(uint16_t port);
bool tls_init(void);
bool conn_open(struct conn *c);
bool conn_tunnel(struct conn *c);
bool conn_tls(struct conn *c);
void conn_shutdown(struct conn *c);
void conn_close(struct conn *c);

/* client_proto.c */
request_fn echo, http, memcached, redis;
bool bulk(struct conn *c);

#endif
