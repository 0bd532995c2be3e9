/*
 * The dump: what every fiber is doing, for a person.
 *
 * The dump runs on the monitor's thread, not in a signal handler, while all
 * other threads go on: what it says of a running fiber may be over when it is
 * read.  The dump takes no lock that a fiber could hold across a wait,
 * allocates nothing by malloc, and reads memory that may vanish with
 * peek_memory().  A struct fiber itself never vanishes (fiber.c).
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/un.h>

#include "base/now.h"
#include "base/hooks.h"
#include "base/log.h"
#include "base/map.h"
#include "debug/codemap.h"
#include "debug/deadlock.h"
#include "debug/dump.h"
#include "debug/leaks.h"
#include "debug/stats.h"
#include "fiber/registry.h"
#include "io/fdtab.h"

#define POLL_SHOWN    4
#define CALLERS_SHOWN 3

struct out {
	int fd;
	size_t length;
	bool broken; /* nobody reads it: write no more */
	char text[8192];
};

static void dump_flush(struct out *o)
{
	if (!o->broken)
		o->broken = log_write(o->fd, o->text, o->length) < 0;
	o->length = 0;
}

__attribute__((format(printf, 2, 3))) static void dump_add(struct out *o,
							   const char *fmt, ...)
{
	size_t room;
	va_list ap;
	int n;

	if (o->length > sizeof(o->text) / 2)
		dump_flush(o);
	room = sizeof(o->text) - o->length;
	va_start(ap, fmt);
	n = vsnprintf(o->text + o->length, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		o->length += (size_t)n < room ? (size_t)n : room - 1;
}

/* ---- what a fiber waits for ---- */

static void add_address(struct out *o, const struct sockaddr_storage *ss,
			socklen_t length)
{
	const struct sockaddr_in6 *in6 = (const void *)ss;
	const struct sockaddr_in *in = (const void *)ss;
	const struct sockaddr_un *un = (const void *)ss;
	char text[INET6_ADDRSTRLEN];
	size_t path = length - offsetof(struct sockaddr_un, sun_path);

	if (length < sizeof(sa_family_t)) {
		dump_add(o, "nobody");
	} else if (ss->ss_family == AF_INET) {
		dump_add(o, "%s:%d",
			 inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text)),
			 ntohs(in->sin_port));
	} else if (ss->ss_family == AF_INET6) {
		dump_add(o, "[%s]:%d",
			 inet_ntop(AF_INET6, &in6->sin6_addr, text,
				   sizeof(text)),
			 ntohs(in6->sin6_port));
	} else if (ss->ss_family == AF_UNIX) {
		if (length <= offsetof(struct sockaddr_un, sun_path))
			dump_add(o, "an unnamed local socket");
		else if (un->sun_path[0])
			dump_add(o, "%.*s", (int)path, un->sun_path);
		else /* abstract: no NUL at its end */
			dump_add(o, "@%.*s", (int)path - 1, un->sun_path + 1);
	} else {
		dump_add(o, "an address of family %d", ss->ss_family);
	}
}

/* For example: descriptor 7, socket to 10.0.0.1:80 */
static void add_fd(struct out *o, int fd)
{
	struct sockaddr_storage ss;
	socklen_t length = sizeof(ss), four = sizeof(int);
	char link[32], target[256];
	int listens = 0;
	long n;

	memset(&ss, 0, sizeof(ss));
	dump_add(o, "descriptor %d, ", fd);
	if (raw_syscall(SYS_getpeername, fd, &ss, &length) == 0) {
		dump_add(o, "socket to ");
		add_address(o, &ss, length);
		return;
	}
	length = sizeof(ss);
	if (raw_syscall(SYS_getsockname, fd, &ss, &length) == 0) {
		raw_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_ACCEPTCONN,
			    &listens, &four);
		dump_add(o,
			 listens ? "listening on " : "unconnected socket at ");
		add_address(o, &ss, length);
		return;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = raw_syscall(SYS_readlink, link, target, sizeof(target) - 1);
	if (n > 0)
		dump_add(o, "%.*s", (int)n, target);
	else
		dump_add(o, "closed");
}

static void add_poll(struct out *o, const struct poll_set *at)
{
	struct pollfd fds[POLL_SHOWN];
	struct poll_set set;
	unsigned long i, n;

	if (!peek_memory(&set, at, sizeof(set))) {
		dump_add(o, "polls");
		return;
	}
	n = set.n < POLL_SHOWN ? set.n : POLL_SHOWN;
	dump_add(o, "polls %lu descriptor%s", set.n, set.n == 1 ? "" : "s");
	if (!peek_memory(fds, set.fds, n * sizeof(*fds)))
		return;
	for (i = 0; i < n; i++) {
		dump_add(o, i ? "; " : ": ");
		add_fd(o, fds[i].fd);
	}
	if (n < set.n)
		dump_add(o, "; ...");
}

/* glibc's pthread_mutex_t: lock, count, owner, users, kind.  A kind has ten
 * bits, with those about lock elision, which C11's mutexes have set. */
static struct fiber *mutex_owner(const void *addr)
{
	uint32_t word[5];

	if (!peek_memory(word, addr, sizeof(word)) || !word[0] || !word[2] ||
	    word[4] > 0x3ff)
		return NULL;
	return fiber_by_tid((int)word[2]);
}

/* pthread_rwlock_t: the state, with two bits set for a writer; five words; the
 * writer.  Nobody knows which threads are its readers. */
static struct fiber *rwlock_writer(const void *addr)
{
	uint32_t word[7];

	if (!peek_memory(word, addr, sizeof(word)) || (word[0] & 3) != 3 ||
	    !word[6])
		return NULL;
	return fiber_by_tid((int)word[6]);
}

struct fiber *lock_owner(const void *addr, const char **kind)
{
	struct fiber *f = mutex_owner(addr);

	*kind = "mutex";
	if (f)
		return f;
	*kind = "read-write lock";
	return rwlock_writer(addr);
}

static void add_thread(struct out *o, const struct fiber *f)
{
	/* A copy: the name may change between measuring and printing. */
	char name[sizeof(f->name)];

	memcpy(name, f->name, sizeof(name));
	name[sizeof(name) - 1] = 0;
	dump_add(o, "thread %d \"%s\"", f->tid, name);
}

static void add_futex(struct out *o, const void *addr)
{
	const char *kind;
	struct fiber *f = lock_owner(addr, &kind);

	if (f) {
		dump_add(o, "waits for the %s %p of ", kind, addr);
		add_thread(o, f);
	} else {
		dump_add(o,
			 "waits on memory at %p (condition, semaphore, lock)",
			 addr);
	}
}

struct fiber *fiber_of_ended(const void *word)
{
	return (struct fiber *)((char *)word - offsetof(struct fiber, ended));
}

static void add_wait(struct out *o, enum wait_kind kind, const void *object)
{
	intptr_t fd = (intptr_t)object;
	struct fiber other;

	switch (kind) {
	case WAIT_FD:
		dump_add(o, fd >> 32 & WAIT_WRITE ? "writes to " : "reads ");
		add_fd(o, (int)(uint32_t)fd);
		break;
	case WAIT_POLL:
		add_poll(o, object);
		break;
	case WAIT_FUTEX:
		add_futex(o, object);
		break;
	case WAIT_JOIN:
		dump_add(o, "joins ");
		/* kind and object may belong to two different waits */
		if (peek_memory(&other, fiber_of_ended(object), sizeof(other)))
			add_thread(o, &other);
		break;
	case WAIT_SLEEP:
		dump_add(o, "sleeps");
		break;
	case WAIT_SIGNAL:
		dump_add(o, "waits for a signal");
		break;
	case WAIT_HOP:
		dump_add(o, "makes a blocking call");
		break;
	default:
		dump_add(o, "waits");
	}
}

/* ---- fibers, hubs ---- */

static bool is_mounted(struct fiber *f)
{
	struct carrier *c = f->carrier;

	return c && c->running == f;
}

static bool is_runnable(struct fiber *f)
{
	uint32_t state = f->state & 0xff;

	return !is_mounted(f) &&
	       (state == FIBER_RUNNING || state == FIBER_WOKEN);
}

static void add_seconds(struct out *o, uint64_t from, uint64_t to)
{
	uint64_t ns = to > from ? to - from : 0;

	dump_add(o, "%llu.%02llu s", (unsigned long long)(ns / NS_PER_SEC),
		 (unsigned long long)(ns % NS_PER_SEC / 10000000));
}

static void add_parked(struct out *o, struct fiber *f, uint64_t now)
{
	uint64_t deadline = f->timer.deadline_ns;

	dump_add(o, "parked for ");
	add_seconds(o, f->parked_ns, now);
	dump_add(o, ": ");
	add_wait(o, (enum wait_kind)f->wait_kind, f->wait_object);
	if (f->timer.hub) {
		dump_add(o, ", for ");
		add_seconds(o, now, deadline);
		dump_add(o, " more");
	}
}

static void add_state(struct out *o, struct fiber *f, uint64_t now)
{
	struct carrier *c = f->carrier;

	if (f->ended) {
		dump_add(o, "ended, not joined yet");
	} else if ((f->state & 0xff) == FIBER_PARKED) {
		add_parked(o, f, now);
	} else if (!is_mounted(f)) {
		dump_add(o, "runnable, of hub %d", f->hub->index);
	} else if (c->hub && c->state <= CARRIER_USER) {
		dump_add(o, "running on kernel thread %d, hub %d", c->tid,
			 f->hub->index);
	} else if (f->wait_kind == WAIT_HOP) {
		dump_add(o, "in a blocking call on kernel thread %d for ",
			 c->tid);
		add_seconds(o, f->parked_ns, now);
	} else {
		dump_add(o,
			 "running long on kernel thread %d, whose hub was "
			 "handed on",
			 c->tid);
	}
}

static void add_callers(struct out *o, const struct codemap *map,
			struct fiber *f)
{
	uintptr_t pcs[CALLERS_SHOWN];
	int i, n = codemap_callers(map, f, pcs, CALLERS_SHOWN);

	for (i = 0; i < n; i++) {
		const struct module_code *m = codemap_find(map, pcs[i]);
		const char *slash = strrchr(m->path, '/');

		dump_add(o, "%s%s+%#lx", i ? ", " : "; near ",
			 slash ? slash + 1 : m->path, pcs[i] - m->base);
	}
}

static void add_fiber(struct out *o, const struct codemap *map, struct fiber *f,
		      uint64_t now)
{
	char *low = f->stack_low;

	add_thread(o, f);
	dump_add(o, " (%#lx): ", f->tcb);
	add_state(o, f, now);
	dump_add(o, "\n    stack %p-%p, %zuK", (void *)low,
		 (void *)(low + f->stack_size), f->stack_size >> 10);
	if ((f->state & 0xff) == FIBER_PARKED) {
		dump_add(o, ", %zu bytes in use",
			 (size_t)(low + f->stack_size - (char *)f->sp));
		add_callers(o, map, f);
	}
	dump_add(o, "\n");
}

static void add_hub(struct out *o, struct hub *h, unsigned runnable)
{
	struct carrier *c = h->carrier;
	struct fiber *running = c ? c->running : NULL;

	dump_add(o, "hub %d: ", h->index);
	if (h->idle) {
		dump_add(o, "asleep");
	} else if (c) {
		dump_add(o, "kernel thread %d", c->tid);
		if (running) {
			dump_add(o, ", runs ");
			add_thread(o, running);
		}
	} else {
		dump_add(o, "moves to another kernel thread");
	}
	dump_add(o, ", %u runnable\n", runnable);
}

struct roll {
	struct fiber **fibers;
	size_t count, room;
	unsigned runnable[HUBS_MAX];
};

static void enrol(struct fiber *f, void *arg)
{
	struct roll *r = arg;

	if (!f->alive || r->count == r->room || (f->main && f->ended))
		return;
	r->fibers[r->count++] = f;
	if (!f->ended && f->hub && is_runnable(f))
		r->runnable[f->hub->index]++;
}

static void count_one(struct fiber *f, void *arg)
{
	(void)f;
	++*(size_t *)arg;
}

void dump_all(int fd)
{
	struct out o = { .fd = fd };
	struct codemap map;
	uint64_t now = now_ns();
	struct roll r;
	size_t i;
	int hub;

	memset(&r, 0, sizeof(r));
	fiber_each(count_one, &r.room);
	r.fibers = rt_map(r.room * sizeof(*r.fibers));
	if (!r.fibers) {
		rt_say("cannot dump the threads: out of memory");
		return;
	}
	codemap_read(&map);
	fiber_each(enrol, &r); /* newest first */

	dump_add(&o,
		 "greenshim: process %d (%s): %zu threads, %d hubs, "
		 "%d kernel threads, %llu hand-offs\n",
		 rt.pid, program_invocation_short_name, r.count, rt.nhubs,
		 rt.ncarriers + 1, (unsigned long long)rt.handoffs);
	for (hub = 0; hub < rt.nhubs; hub++)
		add_hub(&o, rt.hubs[hub], r.runnable[hub]);
	for (i = r.count; i-- > 0 && !o.broken;)
		add_fiber(&o, &map, r.fibers[i], now);
	dump_add(&o, "greenshim: end of dump\n");
	dump_flush(&o);
	codemap_free(&map);
	raw_syscall(SYS_munmap, r.fibers, r.room * sizeof(*r.fibers));
}

void debug_start(void)
{
	leaks_start();
	rt_hooks.dump = dump_all;
	rt_hooks.all_asleep = deadlock_check;
	if (rt_config.stats)
		stats_init();
}
