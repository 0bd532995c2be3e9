/*
 * Hubs: what a carrier does between fibers.
 *
 * A hub is busy (a carrier runs it), asleep (its carrier waits in the hub's
 * set), or vacant (idle and without a carrier, as all hubs but the first at
 * the start).  `idle` is true for the last two; the thread that changes idle to
 * false must make sure that the hub is run.
 */
#include "base/now.h"
#include "base/log.h"
#include "base/map.h"
#include "sched/carrier.h"
#include "sched/monitor.h"
#include "sched/netpoll.h"
#include "sched/park.h"
#include "sched/runq.h"
#include "sched/uvloop.h"

int hub_init_all(void)
{
	int i, r = 0;

	uvloop_in_child();
	for (i = 0; i < rt.nhubs; i++) {
		struct hub *h = rt.hubs[i];

		if (!h)
			h = rt_map(sizeof(*h));
		if (!h) {
			r = -ENOMEM;
			break;
		}
		h->index = i;
		rt.hubs[i] = h;
		r = netpoll_init(h);
		if (r == 0)
			r = uvloop_init(h);
		if (r >= 0)
			r = netpoll_add_loop(h, r);
		if (r < 0)
			break;
		h->idle = i != 0;
		h->coarse_ns = now_ns();
	}
	atomic_store(&rt.nidle, rt.nhubs - 1);
	return r;
}

void own_fd_moved(int fd, int to)
{
	unsigned before;
	int i;

	uvloop_moved(fd, to);
	for (i = 0; i < rt.nhubs; i++) {
		if (rt.hubs[i]->epfd == fd)
			rt.hubs[i]->epfd = to;
		if (rt.hubs[i]->timerfd == fd)
			rt.hubs[i]->timerfd = to;
	}
	before = atomic_fetch_add(&own_fds_turn, 1) & 1;
	for (i = 0; i < rt.nhubs; i++)
		while (rt.hubs[i]->fd_users[before]) {
			uvloop_wake(rt.hubs[i]); /* it may sleep */
			raw_syscall(SYS_sched_yield);
		}
}

struct hub *hub_any(void)
{
	static _Atomic unsigned turn;

	return rt.hubs[atomic_fetch_add(&turn, 1) % (unsigned)rt.nhubs];
}

void hub_poll(struct hub *h)
{
	atomic_store_explicit(&h->poll_now, false, memory_order_relaxed);
	h->stats.polls++;
	netpoll_run(h);
	timer_run(h);
	if (atomic_load_explicit(&h->inbox, memory_order_relaxed))
		runq_take_inbox(h);
}

struct fiber *hub_pick(struct hub *h)
{
	if (UNLIKELY((++h->tick & 63) == 0 ||
		     atomic_load_explicit(&h->poll_now, memory_order_relaxed)))
		hub_poll(h);
	else if (atomic_load_explicit(&h->inbox, memory_order_relaxed))
		runq_take_inbox(h);
	return runq_pop(h);
}

/*
 * No wake-up may be lost: set idle first, then check the queue and the timers
 * once more.  A thread that queues a fiber or arms a timer from outside does
 * that first, and then checks idle.
 */
static void hub_sleep(struct hub *h)
{
	uint64_t deadline;
	struct fiber *f;

	atomic_fetch_add(&rt.nidle, 1);
	atomic_store(&h->idle, true);
	deadline = timer_run(h);
	if (runq_empty(h)) {
		f = rt.nhubs > 1 ? runq_steal(h) : NULL;
		if (f) {
			runq_push(h, f);
		} else {
			netpoll_arm_timer(h, deadline);
			h->stats.sleeps++;
			if (UNLIKELY(!uvloop_began(h)) || netpoll_sleep(h))
				uvloop_run(h);
			h->coarse_ns = now_ns();
		}
	}
	if (atomic_exchange(&h->idle, false))
		atomic_fetch_sub(&rt.nidle, 1);
	if (UNLIKELY(rt.monitor_asleep))
		monitor_wake();
}

void hub_loop(struct carrier *c)
{
	struct hub *h;

	/* Once the monitor has taken the hub, only the state says so. */
	while (c->state == CARRIER_RT) {
		struct fiber *f;

		h = c->hub;
		ASSERT(h->carrier == c);
		f = hub_pick(h);

		if (!f) {
			hub_poll(h);
			f = runq_pop(h);
		}
		if (!f && rt.nhubs > 1)
			f = runq_steal(h);
		if (f)
			sched_run(c, f);
		else
			hub_sleep(h);
	}
}

/* The fibers in the inbox of h go to another hub, one that runs or is about to
 * run. */
void hub_stay_vacant(struct hub *h)
{
	struct fiber *f, *next;
	struct hub *other = NULL;
	int i;

	for (i = 0; i < rt.nhubs && !other; i++)
		if (rt.hubs[i] != h &&
		    (rt.hubs[i]->carrier || !rt.hubs[i]->idle))
			other = rt.hubs[i];
	if (!other)
		rt_panic("cannot run green threads: no kernel thread can be "
			 "created (raise the limit: ulimit -u, or the "
			 "cgroup's pids.max)");
	/* From here on a waker tries again to find a carrier; the fibers that
	 * are in the inbox already are moved. */
	atomic_fetch_add(&rt.nidle, 1);
	atomic_store(&h->idle, true);
	f = atomic_exchange(&h->inbox, NULL);
	for (; f; f = next) {
		next = f->next;
		f->hub = other;
		runq_inject(other, f);
	}
}

void hub_wake(struct hub *h)
{
	if (!atomic_load(&h->idle) || !atomic_exchange(&h->idle, false))
		return;
	atomic_fetch_sub(&rt.nidle, 1);
	if (h->carrier)
		uvloop_wake(h);
	else if (!carrier_give_hub(h))
		hub_stay_vacant(h);
}

void hub_wake_one(void)
{
	int i;

	for (i = 0; i < rt.nhubs; i++)
		if (atomic_load_explicit(&rt.hubs[i]->idle,
					 memory_order_relaxed)) {
			hub_wake(rt.hubs[i]);
			return;
		}
}
