/*
 * The monitor: a thread that keeps one fiber from stalling the others.
 *
 * At every tick it compares each busy hub's count of switches with that of the
 * last tick.  If a hub has not switched for a whole tick while its carrier runs
 * a fiber's own code, the monitor hands the hub to a spare carrier; the old
 * carrier continues with its one fiber.  When every hub sleeps, the monitor
 * sleeps too: an idle process makes no wake-ups.
 *
 * A program whose fibers block in the kernel where no interposer sees it is
 * likely to do so again: after such a block, ticks are short for a while.
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

#define TICK_NS	      10000000l
#define QUIET_TICKS   5	      /* without a busy hub, before it sleeps */
#define SHORT_TICK_NS 500000l /* after a fiber has blocked unseen */
#define SHORT_TICKS   200     /* ticks, after each such block */
#define SPAWNED_NS    1000000 /* queued for longer, a new fiber is late */
#define CROWD	      2	      /* CPU-bound carriers for each CPU */
#define FRUITLESS     4	      /* no more switches: no progress */
#define STREAK_MAX    7	      /* 128 fibers at once */

static _Atomic uint32_t wakes; /* futex word: kicks and wake-ups so far */
static int short_ticks;	       /* number of short ticks left */
/* With this many CPU-bound carriers, none gets its share of a tick. */
static int crowd;
static _Atomic int own_tid; /* 0: not known yet */

/* What the monitor saw of a hub when it last made progress. */
struct watch {
	struct carrier *carrier;
	uint32_t nswitch;
	uint64_t cpu_ns;   /* the carrier's CPU time then */
	uint64_t seen_ns;  /* CLOCK_MONOTONIC then */
	uint32_t taken_at; /* nswitch when the hub was last taken */
	unsigned streak;   /* times it was taken without progress between */
};

/* What keeps a carrier from serving its hub. */
enum hold {
	HOLD_NONE,
	HOLD_CPU_BOUND, /* its fiber uses the CPU */
	HOLD_SLEEPS,	/* its fiber sleeps in a system call */
	HOLD_KERNEL,	/* the kernel waits for a lock or a page */
	HOLD_SPAWNED,	/* fibers that its fiber spawned are yet to begin */
};

/* The kernel thread's state, a letter as in proc_pid_stat(5); 0: unknown. */
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
	p = strrchr(line, ')'); /* the name may contain any character */
	return p && p[1] == ' ' ? p[2] : 0;
}

/*
 * A carrier that only waits for a CPU on a busy machine (state R) is not stuck:
 * another kernel thread would wait as well.  But if this process has so many
 * CPU-bound fibers that they explain the wait, this carrier's fiber is probably
 * one more of them, and a spare that has slept is scheduled before them.  And
 * if the fiber before this one was CPU-bound too (w->streak), a fifth of a tick
 * of CPU time is proof enough.
 *
 * Nor is a carrier stuck that waits for a lock inside the kernel (state D):
 * threads that map memory wait for each other there all the time, the longer
 * the more of them there are.  But the wait may also be for a page from a disk,
 * so after a whole tick in D the hub moves on.
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

/* True if fibers that the running one spawned have waited in the queue for too
 * long.  Natively they would be kernel threads and run beside their parent. */
static bool keeps_spawned(const struct hub *h, const struct carrier *c,
			  uint64_t now)
{
	const struct fiber *f = c->running;

	return f && f->budget < 0 && now - f->spawned_ns >= SPAWNED_NS &&
	       !runq_empty(h);
}

/*
 * The hub was taken again without progress: its queue is full of CPU-bound
 * fibers.  Taking one at a tick would let a fiber behind a hundred of them wait
 * for a hundred ticks; so each time twice as many get a carrier of their own,
 * like the kernel threads that they are natively.  A fiber that is not
 * CPU-bound returns to its hub when it next parks.  The monitor owns the hub
 * here.
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

/* A fiber that was CPU-bound or slept is likely to do so again.  A wait inside
 * the kernel, or for spawned fibers, tells nothing about the fiber. */
static void remember(struct hub *h, struct fiber *f, struct watch *w,
		     enum hold why)
{
	if (why == HOLD_KERNEL || why == HOLD_SPAWNED)
		return;
	if (why == HOLD_SLEEPS)
		short_ticks = SHORT_TICKS;
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
	/* First of all: a taken hub must be sure to have a new carrier. */
	struct carrier *spare = carrier_reserve();
	bool cpu_bound = why == HOLD_CPU_BOUND;
	int user = CARRIER_USER;

	if (!spare)
		return;
	c->cpu_bound = cpu_bound;
	atomic_fetch_add(&rt.ncpu_bound, cpu_bound);
	/* If the hub has switched meanwhile, taking it is needless but still
	 * correct. */
	if (!atomic_compare_exchange_strong(&c->state, &user, CARRIER_TAKEN)) {
		c->cpu_bound = false;
		atomic_fetch_sub(&rt.ncpu_bound, cpu_bound);
		carrier_unreserve(spare);
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

/* Look at one hub; whole: a tick has passed, not a short one.  False: the hub
 * is idle. */
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

/* Wait for ns nanoseconds, serving kicks meanwhile; returns the time after. */
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

		now = wait_tick(short_ticks ? SHORT_TICK_NS : TICK_NS);
		short_ticks -= short_ticks != 0;
		whole = now - whole_ns >= TICK_NS;
		if (whole)
			whole_ns = now;
		for (i = 0; i < rt.nhubs; i++)
			busy |= look_at(rt.hubs[i], &watches[i], now, whole);
		carrier_make_wanted();
		quiet = busy ? 0 : quiet + whole;
		if (quiet < QUIET_TICKS)
			continue;
		/* Set monitor_asleep first, then check the hubs once more: a
		 * hub that wakes clears idle first, then checks
		 * monitor_asleep. */
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

void monitor_kick(void)
{
	atomic_fetch_add(&wakes, 1);
	raw_syscall(SYS_futex, &wakes, FUTEX_WAKE_PRIVATE, 1);
}

void monitor_start(void)
{
	crowd = CROWD * rt_cpus();
	own_tid = 0; /* in the child of a fork it has the parent's value */
	if (carrier_thread_make(monitor_main, NULL) == 0)
		rt.has_monitor = true;
	else
		rt_say("monitor thread not started: no kernel thread can be "
		       "created; a fiber that blocks or is CPU-bound will "
		       "stall others (raise the limit: ulimit -u, or the "
		       "cgroup's pids.max)");
}
