/*
 * Carriers: the kernel threads that run hubs and fibers.
 *
 * Each awake hub has one.  The others run a single fiber without a hub, or
 * sleep as spares until they are given a hub (hand-off) or a fiber (hop); a
 * carrier is spawned when no spare is left.
 *
 * The program's main kernel thread is a carrier too.  Its own stack and TCB
 * belong to the main fiber, which may run elsewhere, so this carrier gets a
 * second stack and TCB.
 */
#include <linux/futex.h>
#include <pthread.h>

#include "base/now.h"
#include "base/libc_lookup.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "fiber/stack.h"
#include "sched/cputime.h"
#include "sched/monitor.h"
#include "sched/park.h"
#include "sched/pin.h"
#include "sched/runq.h"
#include "sched/spares.h"

#define CARRIER_STACK  (256ul << 10)
#define SPARES_KEPT    4  /* spares above this number exit when idle */
#define SPARES_READY   2  /* before a time in which none can be spawned */
#define SPARES_AT_ONCE 16 /* most that one tick of the monitor spawns */
#define SPARE_LIFE_NS  (10 * NS_PER_SEC) /* idle, before a spare exits */

static struct spin spare_lock;
static struct carrier *spares;
static int spare_count;
/* The structs of carriers that have exited, for reuse.  A struct carrier stays
 * readable for ever, as fibers that ran on it may still point to it. */
static struct carrier *retired;
static struct carrier *main_carrier;
bool (*linker_try)(void);
void (*linker_leave)(void);

static void spare_add(struct carrier *c)
{
	spin_lock(&spare_lock);
	c->next = spares;
	spares = c;
	spare_count++;
	spin_unlock(&spare_lock);
}

/* Wait for work, as a spare.  False: c is surplus, off the list, and exits. */
static bool spare_wait(struct carrier *c)
{
	struct timespec ts = { SPARE_LIFE_NS / NS_PER_SEC, 0 };

	while (!atomic_load(&c->wake)) {
		bool spare_one = c != main_carrier && !c->parent &&
				 spare_count > SPARES_KEPT;
		long r = raw_syscall(SYS_futex, &c->wake, FUTEX_WAIT_PRIVATE, 0,
				     spare_one ? &ts : NULL);
		struct carrier **p;

		if (r != -ETIMEDOUT || atomic_load(&c->wake))
			continue;
		spin_lock(&spare_lock);
		for (p = &spares; *p && *p != c; p = &(*p)->next)
			;
		if (*p == c && spare_count > SPARES_KEPT) {
			*p = c->next;
			spare_count--;
			spin_unlock(&spare_lock);
			return false;
		}
		spin_unlock(&spare_lock);
	}
	return true;
}

/* Do the work that c was woken or spawned for. */
static void take_work(struct carrier *c)
{
	struct hub *h = c->give_hub;
	struct fiber *f = c->give_fiber;

	c->give_hub = NULL;
	c->give_fiber = NULL;
	if (h) {
		c->hub = h;
		atomic_store(&c->state, CARRIER_RT);
		h->carrier = c;
		if (UNLIKELY(rt.monitor_asleep))
			monitor_wake();
		hub_loop(c);
	} else if (f) {
		if (UNLIKELY(f->cpu_weight))
			f->alone_ns = now_ns();
		if (f->cpu_bound) {
			f->cpu_bound = false;
			c->cpu_bound = true;
			atomic_fetch_add(&rt.ncpu_bound, 1);
		}
		sched_run(c, f);
	}
}

static void carrier_run(struct carrier *c)
{
	/* A carrier spawned as pinned may be given its fiber while its thread
	 * starts: wait for `wake` before looking at the work. */
	bool wait_first = c->pinned;

	park_finish_switch(c);
	if (c->hub && c->state == CARRIER_RT)
		hub_loop(c);
	for (;;) {
		/* carrier_wake() sets the work of a reserved carrier. */
		if (!c->reserved && !wait_first)
			take_work(c);
		wait_first = false;
		c->hub = NULL;
		if (c->cpu_bound) {
			c->cpu_bound = false;
			atomic_fetch_sub(&rt.ncpu_bound, 1);
		}
		atomic_store_explicit(&c->state, CARRIER_TAKEN_RT,
				      memory_order_relaxed);
		/* libc blocks all signals while it spawns a thread.  A fiber
		 * that left this carrier meanwhile unblocks them elsewhere. */
		rt_hooks.carrier_idles();
		if (c->pinned) {
			if (!pin_wait(c))
				return;
			continue;
		}
		/* A reserved carrier belongs to the thread that reserved it;
		 * any other becomes a spare, which anyone may take. */
		if (c->reserved) {
			c->reserved = false;
		} else {
			atomic_store(&c->wake, 0);
			spare_add(c);
		}
		if (!spare_wait(c))
			return;
	}
}

static void carrier_retire(struct carrier *c)
{
	spin_lock(&spare_lock);
	c->next = retired;
	retired = c;
	spin_unlock(&spare_lock);
}

static void *carrier_thread(void *arg)
{
	struct carrier *c = arg;

	rt_carrier = c;
	c->tcb = c->listed_tcb = arch_tls_base();
	atomic_store(&c->tid, (int)raw_syscall(SYS_gettid));
	raw_syscall(SYS_futex, &c->tid, FUTEX_WAKE_PRIVATE, 1);
	raw_syscall(SYS_prctl, 15 /* PR_SET_NAME */, "green-carrier");
	tcb_leave_rseq();
	rt_hooks.carrier_starts(c);
	carrier_run(c);
	atomic_fetch_sub(&rt.ncarriers, 1);
	rt_hooks.carrier_exits(c);
	rt_carrier = NULL;
	carrier_retire(c);
	return NULL;
}

int carrier_thread_make(void *(*start)(void *), void *arg)
{
	static int (*create)(pthread_t *, const pthread_attr_t *,
			     void *(*)(void *), void *);
	pthread_attr_t attr;
	pthread_t id;
	/* Except signal 33 (SIGSETXID), by which libc tells each of its threads
	 * to change its user, waiting until all have done so. */
	uint64_t all = ~(1ull << 32), old;
	int r;

	if (!create)
		create = rt_libc_symbol("pthread_create", "GLIBC_2.34");
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, CARRIER_STACK + tcb_area_size());
	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, 8);
	r = create(&id, &attr, start, arg);
	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, 0, 8);
	pthread_attr_destroy(&attr);
	return -r;
}

static void count_carrier(void)
{
	atomic_fetch_add(&rt.carriers_made, 1);
	rt_peak(&rt.peak_carriers, atomic_fetch_add(&rt.ncarriers, 1) + 1);
}

static struct carrier *carrier_new(void)
{
	struct carrier *c;

	spin_lock(&spare_lock);
	c = retired;
	if (c)
		retired = c->next;
	spin_unlock(&spare_lock);
	if (!c)
		c = rt_map(sizeof(*c));
	if (c) {
		c->next = NULL;
		c->tid = 0;
		c->cpu_mark = 0;
		c->pinned = c->altered = c->parent = false;
		c->leave = 0;
		atomic_store(&c->wake, 0);
		atomic_store(&c->state, CARRIER_TAKEN_RT);
	}
	return c;
}

static struct carrier *take_spare(void)
{
	struct carrier *c;

	spin_lock(&spare_lock);
	c = spares;
	if (c) {
		spares = c->next;
		spare_count--;
	}
	spin_unlock(&spare_lock);
	return c;
}

/* Carriers whose threads the monitor is to spawn, because the requester's
 * kernel thread is altered, or must not wait for the locks that spawning
 * takes. */
static struct carrier *_Atomic to_spawn;

static void spawn_later(struct carrier *c)
{
	STACK_PUSH(&to_spawn, c, next);
	monitor_kick();
}

/* The thread of c cannot be spawned: send its work elsewhere. */
static void spawn_failed(struct carrier *c)
{
	struct hub *h = c->give_hub;
	struct fiber *f = c->give_fiber;

	if (!h && !f) {
		spawn_later(c);
		return;
	}
	carrier_retire(c);
	if (h) {
		hub_stay_vacant(h);
	} else {
		f->cpu_bound = false;
		runq_inject(f->hub, f);
	}
}

/*
 * Before the caller spawns threads.  The monitor must not wait for the linker's
 * lock, whose holder may be a fiber that needs the monitor to make progress.
 * False: the lock is held; the monitor tries again at its next tick.
 */
static bool spawn_begin(void)
{
	return !monitor_is_self() || !linker_try || linker_try();
}

static void spawn_end(void)
{
	if (monitor_is_self() && linker_try)
		linker_leave();
}

void carrier_make_late(void)
{
	struct carrier *c, *next;

	if (LIKELY(!atomic_load(&to_spawn)) || !spawn_begin())
		return;
	c = atomic_exchange(&to_spawn, NULL);
	for (; c; c = next) {
		next = c->next;
		if (carrier_thread_make(carrier_thread, c) == 0)
			count_carrier();
		else
			spawn_failed(c);
	}
	spawn_end();
}

/*
 * True if the caller owns a hub inside the scheduler, and so must not spawn a
 * thread itself: spawning calls malloc, which may wait for a lock held by a
 * fiber in the queue of that very hub, and the monitor cannot take the hub from
 * a carrier inside the scheduler.
 */
static bool owns_hub_inside(void)
{
	struct carrier *c = carrier_here();

	return c && c->state == CARRIER_RT && c->hub && rt.has_monitor;
}

/* Spawn the thread of c, whose fields are set; inherits: as a child of the
 * calling kernel thread even if that is altered.  0 or -errno. */
static int thread_start(struct carrier *c, bool inherits)
{
	int r;

	if (!inherits && pin_is_altered()) {
		spawn_later(c);
		return 0;
	}
	r = carrier_thread_make(carrier_thread, c);
	if (r < 0)
		carrier_retire(c);
	else
		count_carrier();
	return r;
}

static int spawn_pinned(bool inherits, struct carrier **out)
{
	struct carrier *c = carrier_new();

	if (!c)
		return -EAGAIN;
	c->pinned = true;
	*out = c;
	return thread_start(c, inherits);
}

struct carrier *carrier_make_pinned(void)
{
	struct carrier *c;

	return spawn_pinned(false, &c) < 0 ? NULL : c;
}

int carrier_make_inheriting(struct carrier **out)
{
	return spawn_pinned(true, out);
}

/* Spawn a carrier whose work is set already.  NULL: no thread, or not now. */
static struct carrier *carrier_spawn(struct hub *h, struct fiber *f,
				     bool reserved)
{
	struct carrier *c;

	if (!spawn_begin())
		return NULL;
	c = carrier_new();
	if (c) {
		c->give_hub = h;
		c->give_fiber = f;
		c->reserved = reserved;
		if ((h || f) && owns_hub_inside())
			spawn_later(c);
		else if (thread_start(c, false) < 0)
			c = NULL;
	}
	spawn_end();
	return c;
}

void carrier_wake(struct carrier *c, struct hub *h, struct fiber *f)
{
	c->give_hub = h;
	c->give_fiber = f;
	atomic_store(&c->wake, 1);
	raw_syscall(SYS_futex, &c->wake, FUTEX_WAKE_PRIVATE, 1);
}

static bool give_work(struct hub *h, struct fiber *f)
{
	struct carrier *c = take_spare();

	if (!c)
		return carrier_spawn(h, f, false) != NULL;
	carrier_wake(c, h, f);
	return true;
}

bool carrier_give_hub(struct hub *h)
{
	return give_work(h, NULL);
}

void carrier_give_fiber(struct fiber *f)
{
	/* As a last resort f runs on its hub, which it may block. */
	if (!give_work(NULL, f)) {
		f->cpu_bound = false;
		runq_inject(f->hub, f);
	}
}

struct carrier *carrier_reserve(void)
{
	struct carrier *c = take_spare();

	return c ? c : carrier_spawn(NULL, NULL, true);
}

void carrier_unreserve(struct carrier *c)
{
	spare_add(c);
}

void carrier_have_spares(void)
{
	int n = spare_count;

	while (n++ < SPARES_READY && carrier_spawn(NULL, NULL, false))
		;
}

static _Atomic int spares_wanted;

/* Wakers hold locks, under which they must not call malloc, and so must not
 * spawn a thread. */
bool carrier_try_spare(struct fiber *f)
{
	struct carrier *c = take_spare();

	if (!c) {
		atomic_fetch_add_explicit(&spares_wanted, 1,
					  memory_order_relaxed);
		return false;
	}
	f->cpu_bound = true;
	carrier_wake(c, NULL, f);
	return true;
}

void carrier_make_wanted(void)
{
	int n = atomic_exchange(&spares_wanted, 0);

	if (n > SPARES_AT_ONCE)
		n = SPARES_AT_ONCE;
	while (n-- > 0 && carrier_spawn(NULL, NULL, false))
		;
}

static void main_carrier_entry(void *unused)
{
	(void)unused;
	carrier_run(rt_carrier);
	rt_panic("internal error: the main carrier exited (please report "
		 "this)");
}

/* Make the calling kernel thread the carrier of hub 0, with its running fiber f
 * mounted. */
static int adopt(struct fiber *f)
{
	struct carrier *c = carrier_new();
	size_t area = tcb_area_size(), size;
	char *map = stack_map(CARRIER_STACK + 4096, 4096, area, &size);
	uintptr_t tls;

	if (!c || !map)
		return -ENOMEM;
	tls = (uintptr_t)tcb_make((void *)((uintptr_t)(map + size) & ~63ul));
	if (!tls)
		return -ENOMEM;
	c->tcb = tls;
	c->tid = (int)raw_syscall(SYS_gettid);
	tcb_set((void *)tls, c->tid, NULL);
	*(struct carrier **)(tls +
			     ((uintptr_t)&rt_carrier - arch_tls_base())) = c;
	c->sp = arch_stack_init(map + 4096 + CARRIER_STACK, main_carrier_entry);
	c->running = f;
	c->hub = rt.hubs[0];
	main_carrier = c;
	rt.hubs[0]->carrier = c;
	f->carrier = c;
	atomic_store(&rt.ncarriers, 1);
	rt_peak(&rt.peak_carriers, 1);
	atomic_store(&c->state, CARRIER_USER);
	return 0;
}

int carrier_start(struct fiber *f)
{
	int r;

	f = f ? fiber_wrap_forked(f) : fiber_wrap_main();
	r = adopt(f);
	if (r < 0)
		return r;
	tcb_leave_rseq();
	tcb_set((void *)f->tcb, f->tid, f);
	cputime_start(f);
	rt_started = true;
	/* libc's fork left the calling thread's TCB on the list of threads.
	 * That fiber may be recycled before the process ends, so the carrier's
	 * TCB takes its place. */
	f->carrier->listed_tcb = f->main ? f->tcb : f->carrier->tcb;
	if (!f->main)
		tcb_list_instead((void *)f->tcb, (void *)f->carrier->tcb);
	return 0;
}

void carrier_forget_all(void)
{
	spin_reset(&spare_lock);
	spares = retired = NULL;
	rt.ncpu_bound = 0;
	spare_count = 0;
	spares_wanted = 0;
	to_spawn = NULL;
}
