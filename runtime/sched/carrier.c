/*
 * Carriers: the kernel threads.  One runs each awake hub; the others are
 * spares, asleep, given a hub (hand-off) or a single fiber (hop) when there
 * is need, and made when none is left.
 *
 * The program's main kernel thread is a carrier too.  Its own stack and TCB
 * belong to the main fiber, which may run elsewhere, so as a carrier it gets
 * others.
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
#define SPARES_KEPT    4
#define SPARES_READY   2 /* where none can be made for a while */
#define SPARES_AT_ONCE 16
#define SPARE_LIFE_NS  (10 * NS_PER_SEC)

static struct spin spare_lock;
static struct carrier *spares;
static int spare_count;
/* Of threads that went home: a struct carrier stays readable for ever, as
 * fibers that ran there may still point to it. */
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

/* Wait until this spare is of use.  False: it may go home. */
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

/* Do what the carrier was woken, or made, for. */
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
	/* One that was made bound is given its fiber while it starts. */
	bool wait_first = c->pinned;

	park_finish_switch(c);
	if (c->hub && c->state == CARRIER_RT)
		hub_loop(c);
	for (;;) {
		/* Work for a reserved one is written down as it wakes. */
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
		/* libc blocks all signals while it makes a thread; a fiber
		 * that left us in the midst of that cannot unblock them. */
		rt_hooks.carrier_idles();
		if (c->pinned) {
			if (!pin_wait(c))
				return;
			continue;
		}
		/* Who reserved it holds it; else from here on anyone may. */
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

static void retire(struct carrier *c)
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
	retire(c);
	return NULL;
}

/* A kernel thread of libc's own, with every signal blocked at first. */
int carrier_thread_make(void *(*start)(void *), void *arg)
{
	static int (*create)(pthread_t *, const pthread_attr_t *,
			     void *(*)(void *), void *);
	pthread_attr_t attr;
	pthread_t id;
	/* But libc's own: it waits until every thread of its has changed its
	 * user, told by signal 33. */
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

/* Carriers that the monitor is to make: as their makers' kernel threads are
 * not like others, or may not wait for what making a thread takes. */
static struct carrier *_Atomic to_make;

static void make_later(struct carrier *c)
{
	STACK_PUSH(&to_make, c, next);
	monitor_kick();
}

/* It cannot be made; what it was meant for goes another way. */
static void do_without(struct carrier *c)
{
	struct hub *h = c->give_hub;
	struct fiber *f = c->give_fiber;

	if (!h && !f) {
		make_later(c);
		return;
	}
	retire(c);
	if (h) {
		hub_stay_vacant(h);
	} else {
		f->cpu_bound = false;
		runq_inject(f->hub, f);
	}
}

/*
 * The monitor may not wait for a fiber, which may need it to get on.  False: not
 * now; the next tick asks again.
 */
static bool may_make(void)
{
	return !monitor_is_self() || !linker_try || linker_try();
}

static void made(void)
{
	if (monitor_is_self() && linker_try)
		linker_leave();
}

void carrier_make_late(void)
{
	struct carrier *c, *next;

	if (LIKELY(!atomic_load(&to_make)) || !may_make())
		return;
	c = atomic_exchange(&to_make, NULL);
	for (; c; c = next) {
		next = c->next;
		if (carrier_thread_make(carrier_thread, c) == 0)
			count_carrier();
		else
			do_without(c);
	}
	made();
}

/*
 * Making a thread calls malloc, which may wait for a fiber that stands in
 * the queue of the very hub whose carrier is to make it: as it is inside the
 * scheduler, nobody could take the hub from it.
 */
static bool keeps_a_hub(void)
{
	struct carrier *c = carrier_here();

	return c && c->state == CARRIER_RT && c->hub && rt.has_monitor;
}

/* Start the thread of a carrier whose fields are set.  0, or -errno. */
static int launch(struct carrier *c, bool inherits)
{
	int r;

	if (!inherits && pin_is_altered()) {
		make_later(c);
		return 0;
	}
	r = carrier_thread_make(carrier_thread, c);
	if (r < 0)
		retire(c);
	else
		count_carrier();
	return r;
}

static int make_pinned(bool inherits, struct carrier **out)
{
	struct carrier *c = carrier_new();

	if (!c)
		return -EAGAIN;
	c->pinned = true;
	*out = c;
	return launch(c, inherits);
}

struct carrier *carrier_make_pinned(void)
{
	struct carrier *c;

	return make_pinned(false, &c) < 0 ? NULL : c;
}

int carrier_make_heir(struct carrier **out)
{
	return make_pinned(true, out);
}

/* A new kernel thread, its work already written down; NULL: none to be had. */
static struct carrier *hire(struct hub *h, struct fiber *f, bool reserved)
{
	struct carrier *c;

	if (!may_make())
		return NULL;
	c = carrier_new();
	if (c) {
		c->give_hub = h;
		c->give_fiber = f;
		c->reserved = reserved;
		if ((h || f) && keeps_a_hub())
			make_later(c);
		else if (launch(c, false) < 0)
			c = NULL;
	}
	made();
	return c;
}

void carrier_wake(struct carrier *c, struct hub *h, struct fiber *f)
{
	c->give_hub = h;
	c->give_fiber = f;
	atomic_store(&c->wake, 1);
	raw_syscall(SYS_futex, &c->wake, FUTEX_WAKE_PRIVATE, 1);
}

static bool give(struct hub *h, struct fiber *f)
{
	struct carrier *c = take_spare();

	if (!c)
		return hire(h, f, false) != NULL;
	carrier_wake(c, h, f);
	return true;
}

bool carrier_give_hub(struct hub *h)
{
	return give(h, NULL);
}

void carrier_give_fiber(struct fiber *f)
{
	/* No thread to be had: it blocks its hub, as a last resort. */
	if (!give(NULL, f)) {
		f->cpu_bound = false;
		runq_inject(f->hub, f);
	}
}

/* A spare that is nobody else's from now on, or NULL; to be used or let go. */
struct carrier *carrier_reserve(void)
{
	struct carrier *c = take_spare();

	return c ? c : hire(NULL, NULL, true);
}

void carrier_let_go(struct carrier *c)
{
	spare_add(c);
}

void carrier_have_spares(void)
{
	int n = spare_count;

	while (n++ < SPARES_READY && hire(NULL, NULL, false))
		;
}

static _Atomic int spares_wanted;

/* For wakers: making a kernel thread takes malloc, and they hold locks. */
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
	while (n-- > 0 && hire(NULL, NULL, false))
		;
}

static void main_carrier_entry(void *unused)
{
	(void)unused;
	carrier_run(rt_carrier);
	rt_panic("the main carrier ended");
}

/* The calling kernel thread becomes the carrier of hub 0, its running fiber
 * f mounted. */
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
	/* libc's fork listed the calling thread.  A fiber may be recycled
	 * before the process ends, so its carrier's TCB stands in for it. */
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
	to_make = NULL;
}
