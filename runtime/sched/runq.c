/*
 * Run queues.
 *
 * With one hub, a hub's queue is a private list.  With several, it is a ring
 * from which idle hubs steal, backed by that list.  The owner alone moves the
 * ring's tail; owner and thieves move its head by compare-and-swap.  Fibers
 * that are made runnable from outside the hub enter through the inbox, a
 * lock-free stack that the owner empties.
 */
#include "base/assert.h"
#include "base/list.h"
#include "sched/carrier.h"
#include "sched/monitor.h"
#include "sched/runq.h"

static void list_push(struct hub *h, struct fiber *f)
{
	f->next = NULL;
	if (h->list_tail)
		h->list_tail->next = f;
	else
		h->list_head = f;
	h->list_tail = f;
}

static struct fiber *list_pop(struct hub *h)
{
	struct fiber *f = h->list_head;

	if (f) {
		h->list_head = f->next;
		if (!h->list_head)
			h->list_tail = NULL;
	}
	return f;
}

static uint32_t ring_length(const struct hub *h)
{
	return atomic_load_explicit(&h->ring_tail, memory_order_relaxed) -
	       atomic_load_explicit(&h->ring_head, memory_order_acquire);
}

static void ring_push(struct hub *h, struct fiber *f)
{
	uint32_t t = atomic_load_explicit(&h->ring_tail, memory_order_relaxed);

	atomic_store_explicit(&h->ring[t % RING], f, memory_order_relaxed);
	atomic_store_explicit(&h->ring_tail, t + 1, memory_order_release);
}

static struct fiber *ring_pop(struct hub *h)
{
	uint32_t head = atomic_load_explicit(&h->ring_head,
					     memory_order_acquire);

	for (;;) {
		uint32_t tail = atomic_load_explicit(&h->ring_tail,
						     memory_order_acquire);
		struct fiber *f;

		if (head == tail)
			return NULL;
		f = atomic_load_explicit(&h->ring[head % RING],
					 memory_order_relaxed);
		if (atomic_compare_exchange_weak_explicit(&h->ring_head, &head,
							  head + 1,
							  memory_order_acq_rel,
							  memory_order_acquire))
			return f;
	}
}

/* For assertions.  A hub's owner is its carrier, inside the scheduler, or the
 * monitor when it has just taken the hub. */
static __attribute__((unused)) bool is_owner(const struct hub *h)
{
	struct carrier *c = carrier_here();

	if (c)
		return c->hub == h && c->state == CARRIER_RT;
	return !h->carrier && monitor_is_self();
}

void runq_push(struct hub *h, struct fiber *f)
{
	ASSERT(is_owner(h));
	ASSERT_OP(f->magic, ==, FIBER_MAGIC);
	if (rt.nhubs == 1 || h->list_head || ring_length(h) >= RING) {
		list_push(h, f);
		return;
	}
	ring_push(h, f);
	/* One queued fiber will run here soon; a second is worth waking another
	 * hub for. */
	if (atomic_load_explicit(&rt.nidle, memory_order_relaxed) > 0 &&
	    ring_length(h) >= 2)
		hub_wake_one();
}

struct fiber *runq_pop(struct hub *h)
{
	struct fiber *f;

	if (rt.nhubs == 1)
		return list_pop(h);
	f = ring_pop(h);
	if (f)
		return f;
	f = list_pop(h);
	if (f) {
		struct fiber *more;
		int n = 0;

		while (n++ < RING / 2 && (more = list_pop(h)) != NULL)
			ring_push(h, more);
	}
	return f;
}

bool runq_empty(const struct hub *h)
{
	return !h->list_head && ring_length(h) == 0 &&
	       !atomic_load_explicit(&h->inbox, memory_order_relaxed);
}

void runq_inject(struct hub *h, struct fiber *f)
{
	STACK_PUSH(&h->inbox, f, next);
	hub_wake(h);
}

void runq_take_inbox(struct hub *h)
{
	struct fiber *f = atomic_exchange_explicit(&h->inbox, NULL,
						   memory_order_acquire);
	struct fiber *in_order = NULL, *next;

	for (; f; f = next) {
		next = f->next;
		f->next = in_order;
		in_order = f;
	}
	for (f = in_order; f; f = next) {
		next = f->next;
		runq_push(h, f);
	}
}

struct fiber *runq_steal(struct hub *h)
{
	int i;

	for (i = 1; i < rt.nhubs; i++) {
		struct hub *from = rt.hubs[(h->index + i) % rt.nhubs];
		uint32_t n = (ring_length(from) + 1) / 2;
		struct fiber *first, *f;

		if (n > RING)
			continue; /* head and tail changed between the reads */
		first = n ? ring_pop(from) : NULL;
		if (!first)
			continue;
		h->stats.steals++;
		while (--n > 0 && ring_length(h) < RING &&
		       (f = ring_pop(from)) != NULL)
			ring_push(h, f);
		return first;
	}
	return NULL;
}
