/*
 * The monitor: a thread that sees to it that one fiber never stops others.
 *
 * Every tick it compares each busy hub's count of switches with the last.
 * A hub that has not switched for a whole tick while its carrier runs a
 * fiber's own code is handed to a spare carrier; the old one goes on with
 * its one fiber.  When every hub sleeps, so does the monitor: an idle
 * process makes no wake-ups.
 *
 * A program whose fibers block in the kernel where nothing intercepts them
 * will do so again: once one has, ticks are short for a while.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>

#include "base/now.h"
#include "base/log.h"
#include "sched/cputime.h"
#include "sched/monitor.h"
#include "sched/park.h"
#include "sched/runq.h"

#define TICK_NS	    10000000l
#define QUIET_TICKS 5
#define KEEN_NS	    500000l /* a tick where fibers have blocked of late */
#define KEEN_TICKS  200
#define SPAWNED_NS  1000000 /* when a new fiber should have begun */
#define CROWD	    2	    /* a CPU */
#define FRUITLESS   4 /* switches between two hand-offs that are no progress */
#define STREAK_MAX  7 /* 128 at once */

static _Atomic uint32_t wakes;
static int keen;  /* short ticks left */
static int crowd; /* so many that compute leave none its share of a tick */
static _Atomic int own_tid; /* 0: not known yet */

/* What was seen of a hub when it last got on. */
struct watch {
	struct carrier *carrier;
	uint32_t nswitch;
	uint64_t cpu_ns;   /* the carrier's CPU time then */
	uint64_t seen_ns;  /* when it was */
	uint32_t taken_at; /* nswitch when the hub was last taken */
	unsigned streak;   /* times it was taken with nothing between */
};

/* What keeps a carrier from its hub. */
enum hold {
	HOLD_NONE,
	HOLD_CPU_BOUND, /* its fiber uses the CPU */
	HOLD_SLEEPS,	/* its fiber waits for somebody */
	HOLD_KERNEL,	/* the kernel, which waits for itself */
	HOLD_SPAWNED,	/* its fiber has made others, which are to begin */
};

/* The kernel thread's state as proc_pid_stat(5) has it; 0: not to be told. */
static char thread_state(int tid)
{
	char path[64], line[128], *p;
	long fd, n;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	fd = raw_syscall(SYS_open, path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	n = raw_syscall(SYS_read, fd, line, sizeof(line) - 1);
	raw_syscall(SYS_close, fd);
	if (n <= 0)
		return 0;
	line[n] = '\0';
	p = strrchr(line, ')'); /* a name may hold anything */
	return p && p[1] == ' ' ? p[2] : 0;
}

/*
 * A carrier that only waits for a CPU on a busy machine is not stuck: another
 * kernel thread would wait as well.  But if so many fibers of this process
 * compute that it is them it waits for, its own is likely another: a carrier
 * that slept is let in before them.  And where the fiber before this one
 * computed too, one slice of the kernel's is proof enough.
 *
 * Nor is one that the kernel makes wait for a lock of its own, in D: threads
 * that map memory wait for each other there all the time, and the more of them
 * there are the longer.  It may be a page that comes from a disk as well, so
 * when it has taken a whole tick the others go on.
 */
static enum hold what_holds(const struct carrier *c, const struct watch *w,
			    uint64_t now)
{
	uint64_t used = cputime_of_thread(c->tid) - w->cpu_ns;
	bool long_since = now - w->seen_ns >= TICK_NS;
	char state;

	if (used >= (uint64_t)(w->streak ? TICK_NS / 5 : TICK_NS / 2))
		return HOLD_CPU_BOUND;
	state = thread_state(c->tid);
	if (state && state != 'R' && state != 'D')
		return HOLD_SLEEPS;
	if (!long_since)
		return HOLD_NONE;
	if (state != 'R')
		return HOLD_KERNEL;
	return rt.ncpu_bound >= crowd ? HOLD_CPU_BOUND : HOLD_NONE;
}

/* Fibers that it made wait for it to do something.  They would be kernel threads,
 * and begin beside it. */
static bool keeps_spawned(const struct hub *h, const struct carrier *c,
			  uint64_t now)
{
	const struct fiber *f = c->running;

	return f && f->budget < 0 && now - f->spawned_ns >= SPAWNED_NS &&
	       !runq_empty(h);
}

/*
 * The hub was taken again before it got anywhere: its queue is full of fibers
 * that compute.  One a tick would leave those behind them waiting for as many
 * ticks, so each time twice as many get a carrier of their own, as they would
 * have natively; one that does not compute comes home at its next park.  The
 * monitor owns the hub here.
 */
static void spread(struct hub *h, struct watch *w)
{
	unsigned n = 1u << w->streak;
	struct fiber *f;

	runq_take_inbox(h);
	while (--n > 0 && (f = runq_pop(h)) != NULL) {
		f->cpu_bound = true;
		carrier_give_fiber(f);
	}
}

/* What it did it will do again; what the kernel does is no sign. */
static void remember(struct hub *h, struct fiber *f, struct watch *w,
		     enum hold why)
{
	if (why == HOLD_KERNEL || why == HOLD_SPAWNED)
		return;
	if (why == HOLD_SLEEPS)
		keen = KEEN_TICKS;
	if (f)
		fiber_gain_weight(f);
	if (h->nswitch - w->taken_at > FRUITLESS)
		w->streak = 0;
	else if (w->streak < STREAK_MAX)
		w->streak++;
	w->taken_at = h->nswitch;
}

static void hand_off(struct hub *h, struct carrier *c, struct watch *w,
		     enum hold why, uint64_t now)
{
	/* Somebody must be sure to run it. */
	struct carrier *spare = carrier_reserve();
	bool computes = why == HOLD_CPU_BOUND;
	int user = CARRIER_USER;

	if (!spare)
		return;
	c->cpu_bound = computes;
	atomic_fetch_add(&rt.ncpu_bound, computes);
	/* If it has switched meanwhile, this is still right, only in vain. */
	if (!atomic_compare_exchange_strong(&c->state, &user, CARRIER_TAKEN)) {
		c->cpu_bound = false;
		atomic_fetch_sub(&rt.ncpu_bound, computes);
		carrier_let_go(spare);
		return;
	}
	atomic_fetch_add(&rt.handoffs, 1);
	remember(h, c->running, w, why);
	h->carrier = NULL;
	if (why == HOLD_CPU_BOUND || why == HOLD_SLEEPS)
		spread(h, w);
	w->carrier = spare;
	w->cpu_ns = spare->tid ? cputime_of_thread(spare->tid) : 0;
	w->seen_ns = now;
	carrier_wake(spare, h, NULL);
}

static bool look_at(struct hub *h, struct watch *w, uint64_t now, bool whole)
{
	struct carrier *c = h->carrier;
	enum hold why;
	uint32_t n;

	if (whole) {
		atomic_store_explicit(&h->coarse_ns, now, memory_order_relaxed);
		atomic_store_explicit(&h->poll_now, true, memory_order_relaxed);
	}
	if (h->idle || !c) {
		w->carrier = NULL;
		return !h->idle;
	}
	n = atomic_load_explicit(&h->nswitch, memory_order_relaxed);
	if (c->state == CARRIER_USER && keeps_spawned(h, c, now)) {
		hand_off(h, c, w, HOLD_SPAWNED, now);
	} else if (c != w->carrier || n != w->nswitch) {
		w->carrier = c;
		w->nswitch = n;
		w->cpu_ns = cputime_of_thread(c->tid);
		w->seen_ns = now;
	} else if (c->state == CARRIER_USER) {
		why = what_holds(c, w, now);
		if (why != HOLD_NONE)
			hand_off(h, c, w, why, now);
	}
	return true;
}

/* A tick's length, doing what signals ask for meanwhile; the time after it. */
static uint64_t wait_tick(long ns)
{
	uint64_t now = now_ns(), end = now + (uint64_t)ns;

	do {
		uint32_t w = atomic_load(&wakes);
		struct timespec left = { 0, (long)(end - now) };

		rt_hooks.monitor_kicked();
		carrier_make_late();
		raw_syscall(SYS_futex, &wakes, FUTEX_WAIT_PRIVATE, w, &left);
		now = now_ns();
	} while (now < end);
	return now;
}

bool monitor_is_self(void)
{
	return rt_tid() == own_tid;
}

int monitor_tid(void)
{
	int tid;

	while (UNLIKELY(!(tid = atomic_load(&own_tid))))
		raw_syscall(SYS_futex, &own_tid, FUTEX_WAIT_PRIVATE, 0, NULL);
	return tid;
}

static void *monitor_main(void *arg)
{
	static struct watch watches[HUBS_MAX];
	uint64_t whole_ns = 0;
	int quiet = 0;

	(void)arg;
	raw_syscall(SYS_prctl, 15 /* PR_SET_NAME */, "green-monitor");
	rt_hooks.monitor_starts();
	atomic_store(&own_tid, rt_tid());
	raw_syscall(SYS_futex, &own_tid, FUTEX_WAKE_PRIVATE, INT32_MAX);
	memset(watches, 0, sizeof(watches));
	for (;;) {
		bool busy = false, whole;
		uint64_t now;
		uint32_t w;
		int i;

		now = wait_tick(keen ? KEEN_NS : TICK_NS);
		keen -= keen != 0;
		whole = now - whole_ns >= TICK_NS;
		if (whole)
			whole_ns = now;
		for (i = 0; i < rt.nhubs; i++)
			busy |= look_at(rt.hubs[i], &watches[i], now, whole);
		carrier_make_wanted();
		quiet = busy ? 0 : quiet + whole;
		if (quiet < QUIET_TICKS)
			continue;
		/* Asleep first, then look once more; a hub that wakes looks
		 * at monitor_asleep after it is no longer idle. */
		w = atomic_load(&wakes);
		atomic_store(&rt.monitor_asleep, true);
		rt_hooks.monitor_kicked();
		carrier_make_late();
		busy |= rt_hooks.monitor_tick();
		for (i = 0; i < rt.nhubs; i++)
			busy |= !atomic_load(&rt.hubs[i]->idle);
		if (!busy)
			rt_hooks.all_asleep();
		if (!busy)
			raw_syscall(SYS_futex, &wakes, FUTEX_WAIT_PRIVATE, w,
				    0);
		atomic_store(&rt.monitor_asleep, false);
		quiet = 0;
	}
	return NULL;
}

void monitor_wake(void)
{
	if (!atomic_exchange(&rt.monitor_asleep, false))
		return;
	atomic_fetch_add(&wakes, 1);
	raw_syscall(SYS_futex, &wakes, FUTEX_WAKE_PRIVATE, 1);
}

/* There is work for signal_monitor().  From signal handlers, too. */
void monitor_kick(void)
{
	atomic_fetch_add(&wakes, 1);
	raw_syscall(SYS_futex, &wakes, FUTEX_WAKE_PRIVATE, 1);
}

void monitor_start(void)
{
	crowd = CROWD * rt_cpus();
	own_tid = 0; /* in the child of a fork it is the parent's */
	if (carrier_thread_make(monitor_main, NULL) == 0)
		rt.has_monitor = true;
	else
		rt_say("no monitor thread: a fiber that blocks or computes "
		       "will hold up its hub");
}
