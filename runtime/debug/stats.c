/*
 * The report of --stats, written when the process exits.
 *
 * Counting costs nothing where the cost would be felt: hubs count in plain
 * fields that only their owner writes, and only what is slow anyway (hand-offs,
 * new carriers, parks of a fiber without a hub) touches a counter that all hubs
 * share.  Other hubs may go on while the report is made, so its numbers need
 * not be of one moment.
 *
 * exit() and a return from main write the report; _exit(), quick_exit() and
 * death by a signal do not.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/log.h"
#include "debug/stats.h"
#include "sched/park.h"

#define REPORT_MAX  4096
#define PATH_LENGTH 4096
#define EARLY_FD    1000 /* above what programs name by number */

/* A copy: servers overwrite their arguments with a title. */
static char name[64];

struct report {
	char text[REPORT_MAX];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void report_add(struct report *r,
							     const char *fmt,
							     ...)
{
	size_t room = sizeof(r->text) - r->length;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(r->text + r->length, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		r->length += (size_t)n < room ? (size_t)n : room - 1;
}

static void report_value(struct report *r, const char *key, uint64_t n)
{
	report_add(r, "  %-20s %llu\n", key, (unsigned long long)n);
}

static void sum_hubs(struct hub_stats *sum)
{
	uint64_t *to = (uint64_t *)sum;
	size_t i, n = sizeof(*sum) / sizeof(*to);
	int hub;

	_Static_assert(sizeof(struct hub_stats) % sizeof(uint64_t) == 0,
		       "hub_stats is summed word by word");
	memset(sum, 0, sizeof(*sum));
	for (hub = 0; hub < rt.nhubs; hub++) {
		const uint64_t *from = (uint64_t *)&rt.hubs[hub]->stats;

		for (i = 0; i < n; i++)
			to[i] += from[i];
	}
	for (i = 0; i < WAIT_KINDS; i++)
		sum->parks[i] += lone_parks[i];
}

static void add_counters(struct report *r)
{
	struct hub_stats s;
	int fibers = rt.nfibers, carriers = rt.ncarriers;

	sum_hubs(&s);
	report_value(r, "hubs", (uint64_t)rt.nhubs);
	report_value(r, "fibers-made", fiber_made());
	report_value(r, "fibers-alive", (uint64_t)fibers);
	report_value(r, "fibers-peak", (uint64_t)rt.peak_fibers);
	report_value(r, "switches", s.switches);
	report_value(r, "parks-fd", s.parks[WAIT_FD]);
	report_value(r, "parks-poll", s.parks[WAIT_POLL]);
	report_value(r, "parks-futex", s.parks[WAIT_FUTEX]);
	report_value(r, "parks-sleep", s.parks[WAIT_SLEEP]);
	report_value(r, "parks-join", s.parks[WAIT_JOIN]);
	report_value(r, "parks-signal", s.parks[WAIT_SIGNAL]);
	report_value(r, "hops", s.hops);
	report_value(r, "hand-offs", rt.handoffs);
	report_value(r, "steals", s.steals);
	report_value(r, "polls", s.polls);
	report_value(r, "hub-sleeps", s.sleeps);
	report_value(r, "timers-set", s.timers_set);
	report_value(r, "timers-fired", s.timers_fired);
	/* The monitor is one more; the main thread was not made. */
	report_value(r, "kernel-threads", (uint64_t)carriers + 1);
	report_value(r, "kernel-threads-peak", (uint64_t)rt.peak_carriers + 1);
	report_value(r, "kernel-threads-made", rt.carriers_made + 1);
	if (rt_config.raw)
		report_value(r, "raw-calls", rt.traps);
	if (rt_config.stats_door)
		report_add(r, "  %-20s %s\n", "libc-door",
			   rt_config.stats_door);
}

/* Expand the file's name: %p is the pid.  False: the name is too long. */
static bool expand_path(char *path, const char *pattern, int pid)
{
	size_t n = 0;

	while (*pattern && n < PATH_LENGTH - 16) {
		if (pattern[0] == '%' && pattern[1] == 'p') {
			n += (size_t)snprintf(path + n, 16, "%d", pid);
			pattern += 2;
		} else {
			path[n++] = *pattern++;
		}
	}
	path[n] = 0;
	return !*pattern;
}

static int write_all(int fd, const char *text, size_t n)
{
	while (n) {
		long r = raw_syscall(SYS_write, fd, text, n);

		if (r == -EINTR)
			continue;
		if (r < 0)
			return (int)r;
		text += r;
		n -= (size_t)r;
	}
	return 0;
}

/* A FIFO must not hold up the exit, whether nobody reads it or it is full. */
static int open_file(const char *path, int flags)
{
	return (int)raw_syscall(SYS_open, path,
				O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK |
					flags,
				0600);
}

/*
 * A server that root starts gives its rights up, or changes its root directory,
 * and could not open the file at exit.  So root's is opened at the start, and
 * stays open under a number that programs do not use.  Not a FIFO: its reader
 * may not be there yet.
 */
static int early_fd = -1; /* -1: there is none */
static int early_pid;	  /* the process whose file it is */
static struct stat early; /* the file, in case the number was closed */

static bool is_early(int fd)
{
	struct stat now;

	return fd >= 0 && raw_syscall(SYS_fstat, fd, &now) == 0 &&
	       now.st_dev == early.st_dev && now.st_ino == early.st_ino;
}

static void open_early(void)
{
	int pid = (int)raw_syscall(SYS_getpid), fd;
	char path[PATH_LENGTH];
	struct stat st;

	if (strcmp(rt_config.stats, "1") == 0 ||
	    raw_syscall(SYS_geteuid) != 0 ||
	    !expand_path(path, rt_config.stats, pid) ||
	    (raw_syscall(SYS_stat, path, &st) == 0 && !S_ISREG(st.st_mode)))
		return;
	fd = open_file(path, 0);
	if (fd < 0)
		return;
	early_fd = (int)raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, EARLY_FD);
	early_pid = pid;
	raw_syscall(SYS_close, fd);
	if (early_fd >= 0 && raw_syscall(SYS_fstat, early_fd, &early) < 0)
		early_fd = -1;
}

/* The file to write to, emptied; or -errno. */
static int open_at_exit(int pid)
{
	char path[PATH_LENGTH];
	bool own = early_pid == pid || !strstr(rt_config.stats, "%p");

	if (own && is_early(early_fd)) {
		raw_syscall(SYS_ftruncate, early_fd, 0);
		raw_syscall(SYS_lseek, early_fd, 0, SEEK_SET);
		return early_fd;
	}
	if (!expand_path(path, rt_config.stats, pid))
		return -ENAMETOOLONG;
	return open_file(path, O_TRUNC);
}

static void say_unwritten(int error)
{
	const char *why = strerror(-error), *hint = "name another file";

	if (error == -ENXIO) {
		why = "nobody reads this FIFO";
		hint = "start the reader first";
	} else if (error == -EAGAIN) {
		why = "this FIFO is full";
		hint = "read it faster";
	}
	rt_say("cannot write statistics to %s: %s (%s)", rt_config.stats, why,
	       hint);
}

static void report_at_exit(void)
{
	int pid = (int)raw_syscall(SYS_getpid), fd = 2, r;
	struct report report = { .length = 0 };

	if (rt_started) {
		report_add(&report, "greenshim: process %d (%s)\n", pid, name);
		add_counters(&report);
	} else {
		report_add(&report,
			   "greenshim: process %d (%s) never greened: no "
			   "thread was spawned\n",
			   pid, name);
	}
	if (strcmp(rt_config.stats, "1") != 0) {
		r = open_at_exit(pid);
		if (r < 0) {
			say_unwritten(r);
			return;
		}
		fd = r;
	}
	if (fd == 2) /* which may be a pipe that nobody reads */
		r = log_write(fd, report.text, report.length);
	else
		r = write_all(fd, report.text, report.length);
	if (r < 0 && fd != 2)
		say_unwritten(r);
	if (fd != 2)
		raw_syscall(SYS_close, fd);
}

void stats_init(void)
{
	static bool registered;

	if (!*name)
		snprintf(name, sizeof(name), "%s",
			 program_invocation_short_name);
	if (registered)
		return;
	registered = atexit(report_at_exit) == 0;
	open_early();
}
