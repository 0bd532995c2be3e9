/*
 * loadgen.h: what the load generator's files share.
 *
 *   loadgen.c         options and the phases of a run
 *   loadgen_conn.c    connections, messages and their verification
 *   loadgen_report.c  the server's resources and what is printed
 */
#ifndef LOADGEN_H
#define LOADGEN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "hist.h"

#define SECOND	 1000000000ull
#define MAX_SIZE 65536u

enum phase { RAMP, WARMUP, MEASURE, FINISH, CLOSE };

enum state { CLOSED, CONNECTING, BUSY, IDLE, DRAINING };

enum failure {
	ERR_CONNECT,  /* the connection was not made */
	ERR_MISMATCH, /* a byte that is not the one that was sent */
	ERR_EXTRA,    /* more bytes than were sent */
	ERR_SHORT,    /* end of file within an echo, or instead of one */
	ERR_RESET,    /* an error of the socket after it was open */
	ERR_TIMEOUT,  /* no whole echo, or no end of file, in time */
	ERR_KINDS
};

struct conn {
	int fd;
	uint8_t state;	/* enum state */
	bool wants_out; /* EPOLLOUT is armed */
	bool opened;	/* its first echo has come */
	uint32_t id;
	uint32_t sent;	   /* bytes of the current message that are sent */
	uint32_t got;	   /* bytes of its echo that have come */
	uint64_t seq;	   /* number of the current message */
	uint64_t start_ns; /* when it was sent, or when connect began */
};

struct options {
	const char *host;
	uint16_t port;
	uint32_t conns;
	uint32_t size;
	uint32_t batch;
	uint32_t addresses; /* source addresses; 0: as many as needed */
	uint64_t requests;  /* stop after so many; 0: after duration */
	double duration, warmup, timeout; /* seconds */
	long pid; /* the server, to be sampled; 0: none */
	bool machine, verbose;
};

/* What /proc and the CPU clock said of the server; -1 where unknown. */
struct sample {
	long long cpu_ns;
	long threads, rss_kib, hwm_kib;
};

struct run {
	enum phase phase;
	struct conn *conns;
	uint32_t opened;   /* first echo seen */
	uint32_t started;  /* connect was called */
	uint32_t live;	   /* not CLOSED */
	uint32_t busy;	   /* CONNECTING, BUSY or DRAINING */
	uint64_t issued;   /* messages sent while measuring */
	uint64_t measured; /* echoes verified while measuring */
	uint64_t verified; /* echoes verified in all */
	uint64_t failures[ERR_KINDS];
	uint32_t complaints;
	uint64_t now;
	uint64_t ramp_ns, measure_ns;
	struct sample before, after;
	uint64_t client_cpu_ns;
	struct hist latency;	  /* of the measured echoes */
	struct hist connect_time; /* connect to first echo */
};

extern struct options opt;
extern struct run run;
extern struct sockaddr_in server;

/* loadgen_conn.c */

/* Makes the epoll set and the content of this run's messages. */
void conn_init(void);
/* Begins to connect; the first message follows of itself. */
void conn_open(struct conn *c);
/* Sends the next message of an idle connection. */
void conn_next_message(struct conn *c);
/* Whether the phase and the budget allow another message. */
bool conn_may_send(void);
/* Closes our half; the server's end of file is then due. */
void conn_finish(struct conn *c);
/* Handles events and overdue answers, for some 100 ms at most. */
void conn_turn(void);
uint64_t conn_failures(void);

/* loadgen_report.c */

void report_sample(struct sample *s);
void report_print(void);

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) < 0)
		return 0;
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

#endif
