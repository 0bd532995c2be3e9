/*
 * Deadlock: nothing runs, and nothing ever will; say so, once.
 *
 * The monitor asks when it is about to sleep, with every hub idle.  The answer
 * must never be wrong about a program that only waits for its next client, so
 * all of these must hold:
 *
 *   - every live fiber is parked, without a deadline, on memory or on another
 *     fiber's exit: none waits for a descriptor, a time, a signal, or the end
 *     of a blocking call;
 *   - there is no kernel thread but our own, so no alien can wake a fiber,
 *     and no process in our memory was ever made, which could, too;
 *   - the program catches no signal whose handler could wake one, or the
 *     fibers wait for each other's mutexes in a cycle, which no handler opens.
 *
 * The program goes on waiting, as it would natively.
 */
#include <fcntl.h>
#include <stdio.h>

#include "base/log.h"
#include "debug/deadlock.h"
#include "debug/dump.h"
#include "fiber/registry.h"
#include "signal/sigstate.h"
#include "sync/futex.h"

#define CYCLE_MAX 64

static bool looks_hopeless(struct fiber *f)
{
	return (f->state & 0xff) == FIBER_PARKED && !f->timer.hub &&
	       (f->wait_kind == WAIT_FUTEX || f->wait_kind == WAIT_JOIN);
}

static void find_hope(struct fiber *f, void *arg)
{
	bool *hope = arg;

	if (!*hope && f->alive && !f->ended && !looks_hopeless(f))
		*hope = true;
}

static uint64_t switches(void)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < rt.nhubs; i++)
		sum += rt.hubs[i]->nswitch;
	return sum;
}

/* The number on a line of /proc/self/status; ~0: unknown. */
static uint64_t status_value(const char *key, int base)
{
	char text[4096];
	const char *at;
	long fd, n;

	fd = raw_syscall(SYS_open, "/proc/self/status", O_RDONLY | O_CLOEXEC,
			 0);
	if (fd < 0)
		return ~0ull;
	n = raw_syscall(SYS_read, fd, text, sizeof(text) - 1);
	raw_syscall(SYS_close, fd);
	text[n > 0 ? n : 0] = 0;
	at = strstr(text, key);
	return at ? strtoull(at + strlen(key), NULL, base) : ~0ull;
}

/* Are there kernel threads other than the carriers and the monitor? */
static bool has_aliens(void)
{
	return status_value("\nThreads:", 10) != (uint64_t)rt.ncarriers + 1;
}

/* Does the program have handlers?  Also those for faults can be called, by
 * kill(2). */
static bool has_handlers(void)
{
	return signals_caught != 0;
}

/* Does the dump's signal cause a dump?  Otherwise it might kill the process. */
static bool dumps_at_signal(void)
{
	uint64_t bit = rt_config.dump_signal ? BIT(rt_config.dump_signal) : 0;

	return !(signals_caught & bit) && status_value("\nSigCgt:", 16) & bit;
}

static struct fiber *waits_for(struct fiber *f)
{
	const char *kind;

	if (f->wait_kind == WAIT_JOIN)
		return fiber_of_ended(f->wait_object);
	return lock_owner(f->wait_object, &kind);
}

struct cycle {
	struct fiber *member[CYCLE_MAX];
	int count;
};

/* Follow from f which fiber waits for which: does the way lead back to f? */
static void find_cycle(struct fiber *f, void *arg)
{
	struct cycle *c = arg;
	struct fiber *at = f;
	int n = 0;

	if (c->count || !f->alive || f->ended)
		return;
	while (at && n < CYCLE_MAX) {
		c->member[n++] = at;
		at = waits_for(at);
		if (at == f) {
			c->count = n;
			return;
		}
	}
}

static void say_cycle(const struct cycle *c)
{
	int i;

	if (c->count == 1)
		rt_say("deadlock: a thread waits for itself");
	else
		rt_say("deadlock: %d threads wait for each other", c->count);
	for (i = 0; i < c->count; i++) {
		struct fiber *f = c->member[i];
		struct fiber *other = c->member[(i + 1) % c->count];
		const char *kind;

		if (f->wait_kind == WAIT_JOIN)
			rt_say("  thread %d \"%s\" joins thread %d \"%s\"",
			       f->tid, f->name, other->tid, other->name);
		else if (lock_owner(f->wait_object, &kind))
			rt_say("  thread %d \"%s\" waits for the %s %p, "
			       "which thread %d \"%s\" holds",
			       f->tid, f->name, kind, f->wait_object,
			       other->tid, other->name);
	}
}

static void say_all(void)
{
	if (rt.nfibers == 1)
		rt_say("deadlock: the only thread waits, and nothing can wake "
		       "it");
	else
		rt_say("deadlock: all %d threads wait for each other, and "
		       "nothing can wake one",
		       rt.nfibers);
}

void deadlock_check(void)
{
	static pid_t said; /* by this process, not by the one that forked it */
	struct cycle cycle = { .count = 0 };
	uint64_t before = switches();
	bool hope = false;

	if (said == rt.pid || rt.nidle != rt.nhubs)
		return;
	/* Nearly always some fiber waits for a descriptor, and the check ends
	 * here. */
	fiber_each(find_hope, &hope);
	if (hope || has_aliens() || futex_met_strangers())
		return;
	fiber_each(find_cycle, &cycle);
	if (!cycle.count && has_handlers())
		return;
	/* Some fiber was woken meanwhile after all. */
	if (rt.nidle != rt.nhubs || switches() != before)
		return;
	said = rt.pid;
	if (cycle.count)
		say_cycle(&cycle);
	else
		say_all();
	if (dumps_at_signal())
		rt_say("to see what each of them waits for: kill -%d %d",
		       rt_config.dump_signal, rt.pid);
}
