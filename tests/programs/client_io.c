// SPDX-License-Identifier: MIT
/* The client's connections: bytes, tunnels, TLS. */
#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#ifdef WITH_TLS
static SSL_CTX *tls;
#endif

/* Record why c failed; the first reason stays.  Always false. */
bool fail(struct conn *c, const char *fmt, ...)
{
	va_list ap;

	if (!c->err[0]) {
		va_start(ap, fmt);
		vsnprintf(c->err, sizeof(c->err), fmt, ap);
		va_end(ap);
	}
	return false;
}

static bool fail_errno(struct conn *c, const char *what)
{
	if (errno == EAGAIN || errno == EINPROGRESS)
		return fail(c, "%s: no answer in %d s", what, opt.wait_s);
	return fail(c, "%s: %s", what, strerror(errno));
}

/* --- bytes ------------------------------------------------------------- */

static ssize_t io_send(struct conn *c, const void *buf, size_t len)
{
#ifdef WITH_TLS
	if (c->ssl)
		return SSL_write(c->ssl, buf, (int)len);
#endif
	return send(c->fd, buf, len, MSG_NOSIGNAL);
}

static ssize_t io_recv(struct conn *c, void *buf, size_t len)
{
	ssize_t n;

#ifdef WITH_TLS
	if (c->ssl) {
		n = SSL_read(c->ssl, buf, (int)len);
		if (n <= 0 &&
		    SSL_get_error(c->ssl, (int)n) == SSL_ERROR_ZERO_RETURN)
			return 0;
		return n;
	}
#endif
	do
		n = recv(c->fd, buf, len, 0);
	while (n < 0 && errno == EINTR);
	return n;
}

bool put(struct conn *c, const void *buf, size_t len)
{
	const char *p = buf;

	while (len > 0) {
		ssize_t n = io_send(c, p, len);

		if (n <= 0)
			return fail_errno(c, "send");
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* Make sure that at least one byte is in rbuf. 1; 0 at the end; -1. */
static int fill(struct conn *c)
{
	ssize_t n;

	if (c->rpos < c->rlen)
		return 1;
	n = io_recv(c, c->rbuf, sizeof(c->rbuf));
	if (n <= 0)
		return n < 0 ? -1 : 0;
	c->rpos = 0;
	c->rlen = (size_t)n;
	return 1;
}

static bool get(struct conn *c, void *buf, size_t len)
{
	char *p = buf;

	while (len > 0) {
		size_t n;
		int r = fill(c);

		if (r < 0)
			return fail_errno(c, "recv");
		if (r == 0)
			return fail(c, "closed, %zu bytes missing", len);
		n = c->rlen - c->rpos < len ? c->rlen - c->rpos : len;
		memcpy(p, c->rbuf + c->rpos, n);
		c->rpos += n;
		p += n;
		len -= n;
	}
	return true;
}

/* One line, its \r\n cut off. */
bool get_line(struct conn *c, char *buf, size_t cap)
{
	size_t len = 0;

	for (;;) {
		char ch;

		if (!get(c, &ch, 1))
			return false;
		if (ch == '\n')
			break;
		if (len + 1 == cap)
			return fail(c, "line too long");
		buf[len++] = ch;
	}
	if (len > 0 && buf[len - 1] == '\r')
		len--;
	buf[len] = '\0';
	return true;
}

/* Take len bytes and compare them with the body whose state is *s. */
bool get_pattern(struct conn *c, uint64_t *s, size_t len)
{
	char want[4096], have[4096];
	size_t at = 0;

	while (at < len) {
		size_t n = len - at < sizeof(want) ? len - at : sizeof(want);

		pattern_fill(s, want, n);
		if (!get(c, have, n))
			return false;
		for (size_t i = 0; i < n; i++)
			if (want[i] != have[i])
				return fail(c,
					    "byte %zu of %zu is 0x%02x, "
					    "not 0x%02x",
					    at + i, len, have[i] & 0xff,
					    want[i]);
		at += n;
		bytes += n;
	}
	return true;
}

bool put_pattern(struct conn *c, uint64_t *s, size_t len)
{
	char buf[4096];

	while (len > 0) {
		size_t n = len < sizeof(buf) ? len : sizeof(buf);

		pattern_fill(s, buf, n);
		if (!put(c, buf, n))
			return false;
		len -= n;
	}
	return true;
}

bool get_eof(struct conn *c)
{
	int r = fill(c);

	if (r > 0)
		return fail(c, "%zu bytes too many", c->rlen - c->rpos);
	/* Some servers close by a reset after all answers. */
	if (r < 0 && !c->ssl && errno != ECONNRESET)
		return fail_errno(c, "waiting for the end");
	return true;
}

bool expect(struct conn *c, const char *want)
{
	char line[HEADMAX];

	if (!get_line(c, line, sizeof(line)))
		return false;
	return !strcmp(line, want)
		       ? true
		       : fail(c, "\"%.60s\", not \"%.60s\"", line, want);
}

bool say(struct conn *c, const char *fmt, ...)
{
	char buf[HEADMAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	return put(c, buf, (size_t)n);
}

/* --- connections ------------------------------------------------------- */

int tcp_connect(uint16_t port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	struct timeval tv = { .tv_sec = opt.wait_s };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	addr.sin_port = htons(port);
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		int e = errno;

		close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

bool conn_open(struct conn *c)
{
	c->rpos = c->rlen = 0;
	c->fd = tcp_connect(opt.port);
	return c->fd >= 0 ? true : fail_errno(c, "connect");
}

void conn_close(struct conn *c)
{
#ifdef WITH_TLS
	SSL_free(c->ssl);
#endif
	c->ssl = NULL;
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* RFC 9110, 9.3.6: any 2xx, then the bytes after the empty line. */
static bool http_connect(struct conn *c)
{
	char line[HEADMAX];

	snprintf(line, sizeof(line),
		 "CONNECT 127.0.0.1:%d HTTP/1.1\r\n"
		 "Host: 127.0.0.1:%d\r\n\r\n",
		 opt.target, opt.target);
	if (!put(c, line, strlen(line)) || !get_line(c, line, sizeof(line)))
		return false;
	if (strncmp(line, "HTTP/1.", 7) || line[9] != '2')
		return fail(c, "CONNECT: %.80s", line);
	do
		if (!get_line(c, line, sizeof(line)))
			return false;
	while (line[0]);
	return true;
}

/* RFC 1928, without authentication, an IPv4 address as the target. */
static bool socks5(struct conn *c)
{
	unsigned char ask[10] = { 5, 1, 0, 1, 127, 0, 0, 1 };
	unsigned char ans[10];

	if (!put(c, "\5\1\0", 3) || !get(c, ans, 2))
		return false;
	if (ans[0] != 5 || ans[1] != 0)
		return fail(c, "SOCKS5: method %d", ans[1]);
	ask[8] = (unsigned char)(opt.target >> 8);
	ask[9] = (unsigned char)opt.target;
	if (!put(c, ask, sizeof(ask)) || !get(c, ans, sizeof(ans)))
		return false;
	if (ans[0] != 5 || ans[1] != 0 || ans[3] != 1)
		return fail(c, "SOCKS5: reply %d", ans[1]);
	return true;
}

bool conn_tunnel(struct conn *c)
{
	if (opt.via == CONNECT)
		return http_connect(c);
	if (opt.via == SOCKS5)
		return socks5(c);
	return true;
}

bool conn_tls(struct conn *c)
{
#ifdef WITH_TLS
	if (!opt.use_tls)
		return true;
	c->ssl = SSL_new(tls);
	if (!c->ssl || !SSL_set_fd(c->ssl, c->fd))
		return fail(c, "TLS: no memory");
	if (SSL_connect(c->ssl) != 1)
		return fail(c, "TLS: the handshake failed");
#else
	(void)c;
#endif
	return true;
}

/* Tell the peer that no more bytes will come; its bytes are still read. */
void conn_shutdown(struct conn *c)
{
#ifdef WITH_TLS
	if (c->ssl) {
		SSL_shutdown(c->ssl);
		return;
	}
#endif
	shutdown(c->fd, SHUT_WR);
}

bool tls_init(void)
{
#ifdef WITH_TLS
	tls = SSL_CTX_new(TLS_client_method());
	return tls != NULL;
#else
	return true;
#endif
}
