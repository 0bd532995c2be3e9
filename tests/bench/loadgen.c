/*
 * loadgen: loads an echo server and verifies every byte that comes back.
 *
 * One thread and one epoll set drive all the connections. Each connection is a
 * closed loop: it sends a message, waits until the whole echo has come, checks
 * it, and sends the next. The content of a message follows from the run, the
 * connection and the message's number, so that an echo which is wrong, stale,
 * truncated, doubled, or meant for another connection counts as an error.
 *
 * A run goes through these phases, each bounded in time:
 *
 *   RAMP     open the connections, some at a time; each counts as open when its
 *            first echo has come, so the server's backlog never overflows
 *   WARMUP   full load, not measured
 *   MEASURE  full load, measured; the server's CPU clock is read at both ends
 *   FINISH   nothing new is sent, what is outstanding must still come
 *   CLOSE    our half of each connection is closed; the server must close its
 *            own without a byte more
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "loadgen.h"

#define MAX_CONNS   1000000u
#define MAX_SECONDS 3600.0
/* How many ports to use of one source address, of the usual 28,232. */
#define PORTS_PER_ADDRESS 25000u

struct options opt = {
	.conns = 64,
	.size = 64,
	.batch = 128,
	.duration = 5,
	.warmup = 0.5,
	.timeout = 10,
};

struct run run;
struct sockaddr_in server;

static void ramp(void)
{
	uint64_t start = run.now;

	run.phase = RAMP;
	while (run.started < opt.conns || run.busy > 0) {
		while (run.started < opt.conns && run.busy < opt.batch) {
			struct conn *c = &run.conns[run.started];

			c->id = run.started++;
			conn_open(c);
		}
		if (run.busy > 0)
			conn_turn();
	}
	run.ramp_ns = run.now - start;
}

static void settle(void)
{
	run.phase = FINISH;
	while (run.busy > 0)
		conn_turn();
}

static void load(enum phase phase, double seconds)
{
	uint64_t end = run.now + (uint64_t)(seconds * (double)SECOND);
	uint32_t i;

	run.phase = phase;
	for (i = 0; i < opt.conns; i++) {
		if (run.conns[i].state == IDLE && conn_may_send())
			conn_next_message(&run.conns[i]);
	}
	while (run.now < end && run.live > 0) {
		if (phase == MEASURE && opt.requests &&
		    run.issued >= opt.requests && run.busy == 0)
			break;
		conn_turn();
	}
}

static void finish(void)
{
	uint32_t i;

	settle();
	run.phase = CLOSE;
	for (i = 0; i < opt.conns; i++) {
		struct conn *c = &run.conns[i];

		if (c->state == IDLE)
			conn_finish(c);
	}
	while (run.busy > 0)
		conn_turn();
}

static void measure(void)
{
	uint64_t start, cpu;

	report_sample(&run.before);
	run.now = clock_ns(CLOCK_MONOTONIC);
	start = run.now;
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	load(MEASURE, opt.requests ? MAX_SECONDS : opt.duration);
	run.measure_ns = run.now - start;
	run.client_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	report_sample(&run.after);
}

/* --- options ------------------------------------------------------------- */

static void usage(FILE *to)
{
	fputs("usage: loadgen [options] ADDRESS PORT\n"
	      "Load an echo server and verify each echo.\n"
	      "  -c N     connections (64)\n"
	      "  -d SEC   measure for so long (5)\n"
	      "  -n N     or until so many requests are answered\n"
	      "  -s SIZE  bytes of a message (64)\n"
	      "  -w SEC   warm up for so long before (0.5)\n"
	      "  -r N     connections being opened at a time (128)\n"
	      "  -a N     source addresses 127.0.1.1 to use (by need)\n"
	      "  -t SEC   an answer that takes longer is an error (10)\n"
	      "  -P PID   the server's process: report its CPU and memory\n"
	      "  -m       print key=value lines\n"
	      "  -v       show progress on stderr\n"
	      "Exit status: 0; 1 after errors; 2 for bad usage.\n",
	      to);
}

__attribute__((noreturn)) static void bad(int option, const char *value)
{
	fprintf(stderr, "loadgen: -%c %s: out of range\n", option, value);
	exit(2);
}

static uint64_t number(int option, const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-' || value < min ||
	    value > max)
		bad(option, text);
	return value;
}

static double seconds(int option, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0) || value > MAX_SECONDS)
		bad(option, text);
	return value;
}

static void parse(int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "c:d:n:s:w:r:a:t:P:mvh")) != -1) {
		switch (o) {
		case 'c':
			opt.conns = (uint32_t)number(o, optarg, 1, MAX_CONNS);
			break;
		case 'd':
			opt.duration = seconds(o, optarg);
			break;
		case 'n':
			opt.requests = number(o, optarg, 1, UINT64_MAX / 2);
			break;
		case 's':
			opt.size = (uint32_t)number(o, optarg, 1, MAX_SIZE);
			break;
		case 'w':
			opt.warmup = seconds(o, optarg);
			break;
		case 'r':
			opt.batch = (uint32_t)number(o, optarg, 1, MAX_CONNS);
			break;
		case 'a':
			opt.addresses = (uint32_t)number(o, optarg, 1, 254);
			break;
		case 't':
			opt.timeout = seconds(o, optarg);
			break;
		case 'P':
			opt.pid = (long)number(o, optarg, 1, INT32_MAX);
			break;
		case 'm':
			opt.machine = true;
			break;
		case 'v':
			opt.verbose = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (argc - optind != 2) {
		usage(stderr);
		exit(2);
	}
	opt.host = argv[optind];
	opt.port = (uint16_t)number('p', argv[optind + 1], 1, UINT16_MAX);
	server.sin_family = AF_INET;
	server.sin_port = htons(opt.port);
	if (inet_pton(AF_INET, opt.host, &server.sin_addr) != 1) {
		fprintf(stderr, "loadgen: %s: not an IPv4 address\n", opt.host);
		exit(2);
	}
	/* Only loopback has other source addresses than the one the system
	 * chooses. */
	if (!opt.addresses && ntohl(server.sin_addr.s_addr) >> 24 == 127)
		opt.addresses = 1 + (opt.conns - 1) / PORTS_PER_ADDRESS;
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < opt.conns + 16ull) {
		fprintf(stderr,
			"loadgen: %u connections need more descriptors than "
			"the limit of %llu\n",
			opt.conns, (unsigned long long)limit.rlim_max);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	raise_descriptor_limit();
	run.now = clock_ns(CLOCK_MONOTONIC);
	run.conns = calloc(opt.conns, sizeof(*run.conns));
	if (!run.conns) {
		perror("loadgen");
		return 2;
	}
	conn_init();
	ramp();
	if (opt.warmup > 0)
		load(WARMUP, opt.warmup);
	/* A count is exact only if nothing is outstanding when it begins. */
	if (opt.requests)
		settle();
	measure();
	finish();
	report_print();
	free(run.conns);
	return conn_failures() ? 1 : 0;
}
