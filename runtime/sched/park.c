/*
 * Parking: how a fiber leaves its stack and returns to it.
 *
 * This order ensures that no wake-up is lost:
 *   1. the fiber sets its state to PARKING, then makes itself known to wakers
 *      (in a futex bucket, a heap of timers, the list of an fd);
 *   2. it switches to another context, which finishes the switch: PARKING
 *      becomes PARKED or, if a waker claimed the fiber meanwhile, the fiber
 *      goes straight to a run queue;
 *   3. a waker claims the fiber with one compare-and-swap to WOKEN; only the
 *      winner makes the fiber runnable.
 * A waker calls unpark() while it holds the lock under which it found the
 * fiber, and the fiber removes itself from every list under that same lock
 * before it continues: so no late waker ever uses a stale fiber.
 */
#include <linux/membarrier.h>

#include "base/now.h"
#include "sched/cputime.h"
#include "sched/park.h"
#include "sched/pin.h"
#include "sched/runq.h"

#define HEAD_START_NS 50000 /* a spawner's, over the threads it spawned */

_Atomic uint64_t lone_parks[WAIT_KINDS];

static uint32_t woken(enum wake why)
{
	return FIBER_WOKEN | (uint32_t)why << 8;
}

bool unpark(struct fiber *f, enum wake why)
{
	uint32_t s = atomic_load_explicit(&f->state, memory_order_relaxed);

	ASSERT_OP(f->magic, ==, FIBER_MAGIC);
	for (;;) {
		if (s != FIBER_PARKING && s != FIBER_PARKED)
			return false;
		if (atomic_compare_exchange_weak_explicit(&f->state, &s,
							  woken(why),
							  memory_order_acq_rel,
							  memory_order_relaxed))
			break;
	}
	if (s == FIBER_PARKED)
		ready(f);
	return true;
}

void fiber_gain_weight(struct fiber *f)
{
	uint8_t now = f->cpu_weight;

	if (now <= CPU_WEIGHT_MAX - CPU_GAIN)
		f->cpu_weight = now + CPU_GAIN;
}

/* Adjust the weight of f, which leaves its carrier after a long run, or has
 * some weight already. */
static __attribute__((noinline)) void weigh(struct fiber *f, bool was_long)
{
	if (was_long)
		fiber_gain_weight(f);
	else if (f->cpu_weight)
		f->cpu_weight--;
}

void ready(struct fiber *f)
{
	struct fiber *me = green_self;
	struct carrier *c = me ? me->carrier : rt_carrier;
	struct hub *h;
	int state;

	/* A waker has claimed f, or f has never run. */
	ASSERT_OP(f->state & FIBER_STATE_MASK, !=, FIBER_PARKED);
	if (UNLIKELY(f->pinned != NULL)) {
		pin_give(f);
		return;
	}
	if (UNLIKELY(f->cpu_weight >= CPU_BOUND) && carrier_try_spare(f))
		return;
	if (!c) { /* an alien */
		runq_inject(f->hub, f);
		return;
	}
	state = atomic_load_explicit(&c->state, memory_order_relaxed);
	if (state == CARRIER_RT) {
		runq_push(c->hub, f);
	} else if (me && state != CARRIER_TAKEN_RT) {
		/* Enter the scheduler even without a hub: waking another hub
		 * calls libuv, whose system calls must not be taken for the
		 * program's. */
		h = sched_enter(me);
		if (h)
			runq_push(h, f);
		else
			runq_inject(f->hub, f);
		sched_leave(me, h);
	} else {
		runq_inject(f->hub, f);
	}
}

void park_finish_switch(struct carrier *c)
{
	struct fiber *f = c->prev;
	uint32_t parking = FIBER_PARKING;

	c->prev = NULL;
	if (!f)
		return;
	switch (f->after) {
	case AFTER_PARK:
		if (!atomic_compare_exchange_strong_explicit(
			    &f->state, &parking, FIBER_PARKED,
			    memory_order_release, memory_order_relaxed))
			ready(f);
		break;
	case AFTER_YIELD:
		runq_push(c->hub, f);
		break;
	case AFTER_HOME:
		runq_inject(f->hub, f);
		break;
	case AFTER_HOP:
		if (f->pinned)
			pin_give(f);
		else
			carrier_give_fiber(f);
		break;
	case AFTER_EXIT:
		fiber_ended(f);
		break;
	}
}

/* Switch from f to the next fiber of its hub h, or to the carrier's own context
 * if there is none. */
static void switch_away(struct fiber *f, struct hub *h, enum after after)
{
	struct carrier *c = f->carrier;
	struct fiber *next = NULL;

	f->after = after;
	f->budget = IO_BUDGET;
	if (h) {
		uint64_t now = atomic_load_explicit(&h->coarse_ns,
						    memory_order_relaxed);

		if (UNLIKELY(now != h->mounted_ns) || UNLIKELY(f->cpu_weight))
			weigh(f, now != h->mounted_ns);
		h->mounted_ns = now;
		atomic_store_explicit(&h->nswitch, h->nswitch + 1,
				      memory_order_relaxed);
		h->stats.switches++;
		next = hub_pick(h);
	} else if (UNLIKELY(f->cpu_weight) && after == AFTER_PARK) {
		if (now_ns() - f->alone_ns >= LONG_RUN_NS)
			f->cpu_weight = CPU_WEIGHT_MAX;
		else
			weigh(f, false);
	}
	if (UNLIKELY(cputime_wanted))
		cputime_leaves(c, f);
	c->prev = f;
	c->running = next;
	if (next) {
		ASSERT_OP(next->state & FIBER_STATE_MASK, !=, FIBER_PARKED);
		next->carrier = c;
		next->hub = h;
		arch_switch(&f->sp, next->sp, next->tcb, next);
	} else {
		arch_switch(&f->sp, c->sp, c->tcb, NULL);
	}
	park_finish_switch(f->carrier);
}

enum wake park(struct fiber *f, struct hub *h, enum wait_kind kind,
	       const void *object, uint64_t deadline_ns)
{
	uint32_t s = FIBER_PARKING;
	enum wake why;

	ASSERT(f == green_self);
	ASSERT_OP(f->carrier->state, ==, h ? CARRIER_RT : CARRIER_TAKEN_RT);
	ASSERT(!h || h == f->carrier->hub);
	ASSERT_OP(f->state & FIBER_STATE_MASK, !=, FIBER_RUNNING);
	/* Under a temporary signal mask, a handler that ran since
	 * signal_mask_swap() ends the wait: keep the note of it. */
	if (LIKELY(!f->under_mask))
		f->signals_ran = 0;
	if (UNLIKELY(atomic_load(&f->interrupts) || f->signals_ran) &&
	    atomic_compare_exchange_strong(&f->state, &s, FIBER_RUNNING)) {
		atomic_store(&f->interrupts, 0);
		return WAKE_INTR;
	}
	if (deadline_ns != GREEN_FOREVER) {
		timer_arm(f->hub, &f->timer, deadline_ns);
		if (!h)
			hub_wake(f->hub);
	}
	f->wait_kind = (uint8_t)kind;
	f->wait_object = object;
	if (h) {
		f->parked_ns = atomic_load_explicit(&h->coarse_ns,
						    memory_order_relaxed);
		h->stats.parks[kind]++;
	} else {
		f->parked_ns = now_ns();
		atomic_fetch_add(&lone_parks[kind], 1);
	}
	switch_away(f, h, AFTER_PARK);

	if (deadline_ns != GREEN_FOREVER)
		timer_cancel(&f->timer);
	f->wait_kind = WAIT_NONE;
	ASSERT_OP(f->state & FIBER_STATE_MASK, ==, FIBER_WOKEN);
	why = (enum wake)(f->state >> 8);
	atomic_store_explicit(&f->state, FIBER_RUNNING, memory_order_relaxed);
	if (why == WAKE_INTR)
		atomic_store(&f->interrupts, 0);
	return why;
}

void sched_yield_to(struct fiber *f, struct hub *h, enum after after)
{
	switch_away(f, h, after);
	park_leave(f);
}

void sched_exit(struct fiber *f)
{
	struct hub *h = sched_enter(f);

	switch_away(f, h, AFTER_EXIT);
	__builtin_unreachable();
}

void sched_run(struct carrier *c, struct fiber *f)
{
	if (UNLIKELY(cputime_wanted))
		cputime_mounts(c);
	c->running = f;
	c->prev = NULL;
	f->carrier = c;
	if (c->hub) {
		f->hub = c->hub;
		f->hub->mounted_ns = f->hub->coarse_ns;
	}
	arch_switch(&c->sp, f->sp, f->tcb, f);
	c->running = NULL;
	park_finish_switch(c);
}

#define KERNEL_YIELDS 256 /* yields of fibers to one of the kernel thread */

void green_yield(void)
{
	struct fiber *f = rt_fiber();
	struct hub *h;

	if (!f) {
		raw_syscall(SYS_sched_yield);
		return;
	}
	/* Fibers that yield to each other only would keep the CPU from other
	 * processes: now and then the kernel is told, too. */
	if (UNLIKELY(atomic_load_explicit(&f->hub->nswitch,
					  memory_order_relaxed) %
			     KERNEL_YIELDS ==
		     0))
		raw_syscall(SYS_sched_yield);
	h = sched_enter(f);
	if (!h) {
		if (f->pinned ||
		    f->cpu_weight >= CPU_BOUND) { /* best left alone here */
			sched_leave(f, NULL);
			raw_syscall(SYS_sched_yield);
			return;
		}
		/* The monitor took the hub while f ran: queue f there. */
		sched_yield_to(f, NULL, AFTER_HOME);
		return;
	}
	if (runq_empty(h)) {
		hub_poll(h);
		if (runq_empty(h)) {
			/* No other fiber is runnable; another process or
			 * carrier may want the CPU. */
			atomic_store_explicit(&h->nswitch, h->nswitch + 1,
					      memory_order_relaxed);
			sched_leave(f, h);
			raw_syscall(SYS_sched_yield);
			return;
		}
	}
	sched_yield_to(f, h, AFTER_YIELD);
}

/*
 * Natively a new thread runs on another CPU some ten microseconds later, and so
 * practically always before its parent has done much else; programs rely on
 * that order without ever asking for it.  So the parent yields at the first
 * operation after a head start.  During the head start it does not yield: it
 * may be storing the new thread's id, or filling in data for the thread.
 */
void budget_spent(struct fiber *f)
{
	if (f->budget < 0 && now_ns() - f->spawned_ns < HEAD_START_NS)
		return;
	f->budget = IO_BUDGET;
	if (!in_unready_child())
		green_yield();
}

int green_sleep_until(uint64_t deadline_ns)
{
	struct fiber *f = rt_fiber();
	enum wake why;

	if (!f) {
		struct timespec ts = { (time_t)(deadline_ns / NS_PER_SEC),
				       (long)(deadline_ns % NS_PER_SEC) };

		return (int)raw_syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC,
					1 /* TIMER_ABSTIME */, &ts, 0);
	}
	for (;;) {
		struct hub *h = sched_enter(f);

		park_prepare(f);
		why = park(f, h, WAIT_SLEEP, NULL, deadline_ns);
		park_leave(f);
		if (why == WAKE_TIMEOUT)
			return 0;
		if (why == WAKE_INTR && wait_interrupted(f, false))
			return -EINTR;
	}
}

bool fiber_interrupt(struct fiber *f)
{
	atomic_store(&f->interrupts, 1);
	/*
	 * park() sets the state, then reads f->interrupts, and would need a
	 * full barrier between the two.  membarrier(2) here, on the rare path,
	 * takes the place of that barrier on the hot one.
	 */
	raw_syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
	return unpark(f, WAKE_INTR);
}

/* ---- hopping: a blocking call on a carrier without a hub ---- */

void hop_enter(void)
{
	struct fiber *f = rt_fiber();
	struct hub *h;

	if (!f)
		return;
	f->signals_ran = 0;
	h = sched_enter(f);
	f->wait_kind = WAIT_HOP;
	if (!h) { /* already alone on its carrier */
		f->parked_ns = now_ns();
		sched_leave(f, NULL);
		return;
	}
	h->stats.hops++;
	f->parked_ns = h->coarse_ns;
	sched_yield_to(f, h, AFTER_HOP);
}

void hop_leave(void)
{
	struct fiber *f = rt_fiber();
	struct hub *h;

	if (!f)
		return;
	f->wait_kind = WAIT_NONE;
	h = sched_enter(f);
	if (h) { /* it never hopped: the runtime started meanwhile */
		sched_leave(f, h);
		return;
	}
	if (f->pinned ||
	    f->cpu_weight >= CPU_BOUND) { /* best left alone here */
		f->alone_ns = now_ns();
		sched_leave(f, NULL);
		return;
	}
	sched_yield_to(f, NULL, AFTER_HOME);
}
