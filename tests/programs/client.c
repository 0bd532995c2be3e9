// SPDX-License-Identifier: MIT
/*
 * client: the load that tests/programs puts on a server. Run natively.
 *
 *	client [OPTION...] echo|http|memcached|redis PORT
 *	client probe PORT	exit 0 if something listens there
 *	client freeport		print a port that nobody uses
 *	client files DIR	write the bodies of pattern.h as DIR/SIZE/SEED
 *
 *	-n N	connections, all open before the first request (default 500)
 *	-r N	rounds of requests on each (4)
 *	-v WAY	go through a proxy that speaks WAY: proxy, connect or socks5
 *	-o PORT	what the proxy shall connect to
 *	-T	TLS, once the tunnel, if any, stands
 *	-k	HTTP connections are kept for all rounds, not opened anew
 *	-B N	end an echo with N bytes sent and received at the same time
 *	-s N	no body of memcached and redis longer than N bytes
 *	-P US	microseconds between one connect and the next (500)
 *	-p PID	watch this process: print the most kernel threads it had
 *	-w S	seconds that one read or write may take (30)
 *
 * Everything is on 127.0.0.1. One blocking thread for each connection; the
 * phases (connect, tunnel, TLS, requests, close) are kept apart by
 * barriers, so that all connections are in the same phase. A thread whose
 * connection has failed still meets the others at each barrier. Every byte
 * received is compared. On success one line on stdout and status 0.
 */
#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct options opt = { .n = 500, .rounds = 4, .wait_s = 30, .pace_us = 500 };
atomic_ulong bytes;

static pthread_barrier_t barrier;
static atomic_ulong requests;
static atomic_int max_threads;
static atomic_bool done;

static bool finish(struct conn *c)
{
	if (opt.request != echo)
		return true;
	if (opt.bulk && !c->ssl && !bulk(c))
		return false;
	conn_shutdown(c);
	return get_eof(c);
}

static bool all_rounds(struct conn *c)
{
	for (int i = 0; i < opt.rounds; i++) {
		if (!opt.request(c, i))
			return false;
		requests++;
	}
	return true;
}

static void *run(void *arg)
{
	static bool (*const phases[])(struct conn *) = {
		conn_open, conn_tunnel, conn_tls, all_rounds, finish,
	};
	struct conn *c = arg;

	usleep((useconds_t)(c->id * opt.pace_us));
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		if (!c->err[0])
			phases[i](c);
		pthread_barrier_wait(&barrier);
	}
	conn_close(c);
	return NULL;
}

static int count_threads(pid_t pid)
{
	char path[64], line[256];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Threads: %d", &n) == 1)
			break;
	if (f)
		fclose(f);
	return n;
}

static void *watch(void *arg)
{
	(void)arg;
	while (!done) {
		int n = count_threads(opt.pid);

		if (n > max_threads)
			max_threads = n;
		usleep(10000);
	}
	return NULL;
}

static int load(void)
{
	struct conn *conns = calloc((size_t)opt.n, sizeof(*conns));
	pthread_t *threads = calloc((size_t)opt.n, sizeof(*threads));
	struct timespec t0, t1;
	pthread_attr_t attr;
	pthread_t watcher;
	int failed = 0;

	if (!conns || !threads)
		return 1;
	if (!tls_init())
		return 1;
	clock_gettime(CLOCK_MONOTONIC, &t0);
	pthread_barrier_init(&barrier, NULL, (unsigned)opt.n);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	if (opt.pid && pthread_create(&watcher, &attr, watch, NULL))
		return 1;
	for (int i = 0; i < opt.n; i++) {
		conns[i].id = i;
		conns[i].fd = -1;
		if (pthread_create(&threads[i], &attr, run, &conns[i])) {
			fprintf(stderr, "client: no thread for %d\n", i);
			return 1;
		}
	}
	for (int i = 0; i < opt.n; i++) {
		pthread_join(threads[i], NULL);
		if (conns[i].err[0] && ++failed <= 3)
			fprintf(stderr, "client: connection %d: %s\n", i,
				conns[i].err);
	}
	done = true;
	if (opt.pid)
		pthread_join(watcher, NULL);
	clock_gettime(CLOCK_MONOTONIC, &t1);
	printf("conns=%d failed=%d requests=%lu bytes=%lu threads=%d ms=%ld\n",
	       opt.n, failed, requests, bytes, max_threads,
	       (t1.tv_sec - t0.tv_sec) * 1000 +
		       (t1.tv_nsec - t0.tv_nsec) / 1000000);
	return failed ? 1 : 0;
}

/* Below the range from which the kernel takes local ports: one of hundreds of
 * outgoing connections might otherwise take the port before the server does. */
static int freeport(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i < 1000; i++) {
		uint16_t rnd;
		int port, fd;

		if (getrandom(&rnd, sizeof(rnd), 0) != sizeof(rnd))
			return 1;
		port = 10000 + rnd % 22000;
		addr.sin_port = htons((uint16_t)port);
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (!bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
			printf("%d\n", port);
			return 0;
		}
		close(fd);
	}
	return 1;
}

static int write_files(const char *dir)
{
	for (size_t i = 0; i < PATTERN_NSIZES; i++) {
		char path[4096], *buf = malloc(pattern_sizes[i]);

		snprintf(path, sizeof(path), "%s/%zu", dir, pattern_sizes[i]);
		if (!buf || mkdir(path, 0755)) {
			perror(path);
			free(buf);
			return 1;
		}
		for (unsigned k = 0; k < PATTERN_NSEEDS; k++) {
			uint64_t s = pattern_start(k);
			FILE *f;

			snprintf(path, sizeof(path), "%s/%zu/%u", dir,
				 pattern_sizes[i], k);
			pattern_fill(&s, buf, pattern_sizes[i]);
			f = fopen(path, "w");
			if (!f || fwrite(buf, pattern_sizes[i], 1, f) != 1 ||
			    fclose(f)) {
				perror(path);
				free(buf);
				return 1;
			}
		}
		free(buf);
	}
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: client [-Tk] [-n N] [-r N] [-v WAY] [-o PORT] "
			"[-B BYTES] [-s BYTES] [-P US] [-p PID] [-w S]\n"
			"              echo|http|memcached|redis PORT\n"
			"       client probe PORT | freeport | files DIR\n");
	return 2;
}

static bool set_option(int o)
{
	int v = optarg ? atoi(optarg) : 0;

	switch (o) {
	case 'n':
		opt.n = v;
		return v > 0;
	case 'r':
		opt.rounds = v;
		return v > 0;
	case 'B':
		opt.bulk = (size_t)v;
		return v > 0;
	case 's':
		opt.limit = (size_t)v;
		return v > 0;
	case 'P':
		opt.pace_us = v;
		return v >= 0;
	case 'w':
		opt.wait_s = v;
		return v > 0;
	case 'p':
		opt.pid = v;
		return v > 0;
	case 'o':
		opt.target = (uint16_t)v;
		return v > 0;
	case 'k':
		return opt.keep = true;
	case 'T':
		opt.use_tls = true;
#ifdef WITH_TLS
		return true;
#else
		fprintf(stderr, "client: built without OpenSSL\n");
		return false;
#endif
	case 'v':
		opt.via = !strcmp(optarg, "proxy")     ? PROXY
			  : !strcmp(optarg, "connect") ? CONNECT
			  : !strcmp(optarg, "socks5")  ? SOCKS5
						       : DIRECT;
		return opt.via != DIRECT;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	struct rlimit rl;
	const char *what;
	int o;

	signal(SIGPIPE, SIG_IGN);
	if (!getrlimit(RLIMIT_NOFILE, &rl)) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
	while ((o = getopt(argc, argv, "n:r:v:o:TkB:s:P:p:w:")) != -1)
		if (!set_option(o))
			return usage();
	what = argv[optind];
	if (!what)
		return usage();
	if (!strcmp(what, "freeport"))
		return freeport();
	if (!argv[optind + 1])
		return usage();
	if (!strcmp(what, "files"))
		return write_files(argv[optind + 1]);
	opt.port = (uint16_t)atoi(argv[optind + 1]);
	if (!strcmp(what, "probe"))
		return tcp_connect(opt.port) < 0;
	if (!strcmp(what, "echo"))
		opt.request = echo;
	else if (!strcmp(what, "http"))
		opt.request = http;
	else if (!strcmp(what, "memcached"))
		opt.request = memcached;
	else if (!strcmp(what, "redis"))
		opt.request = redis;
	else
		return usage();
	return load();
}
