/*
 * Timers: one pairing heap for each hub, whose nodes lie in struct fiber.  So a
 * timer costs no memory, and cancelling one is cheap.  The hub's timer_lock
 * guards the heap, and is held while a timer's fiber is woken.
 */
#include "base/now.h"
#include "sched/park.h"

#define FIBER_OF_TIMER(t)                                                      \
	((struct fiber *)((char *)(t)-offsetof(struct fiber, timer)))

static struct timer *meld(struct timer *a, struct timer *b)
{
	if (!a)
		return b;
	if (!b)
		return a;
	if (b->deadline_ns < a->deadline_ns) {
		struct timer *t = a;

		a = b;
		b = t;
	}
	b->prev = a; /* a first child's prev is its parent */
	b->sibling = a->child;
	if (b->sibling)
		b->sibling->prev = b;
	a->child = b;
	return a;
}

/* Meld a list of siblings, in pairs first: that bounds the amortized cost of a
 * removal by the logarithm of the heap's size. */
static struct timer *meld_all(struct timer *t)
{
	struct timer *pairs = NULL, *heap = NULL, *next;

	while (t) {
		struct timer *a = t, *b = t->sibling;

		next = b ? b->sibling : NULL;
		a->sibling = a->prev = NULL;
		if (b)
			b->sibling = b->prev = NULL;
		a = meld(a, b);
		a->sibling = pairs;
		pairs = a;
		t = next;
	}
	for (; pairs; pairs = next) {
		next = pairs->sibling;
		pairs->sibling = NULL;
		heap = meld(heap, pairs);
	}
	return heap;
}

static void remove_locked(struct hub *h, struct timer *t)
{
	struct timer *rest;

	ASSERT_HELD(&h->timer_lock);
	rest = meld_all(t->child);
	if (h->timers == t) {
		h->timers = rest;
	} else {
		if (t->prev->child == t)
			t->prev->child = t->sibling;
		else
			t->prev->sibling = t->sibling;
		if (t->sibling)
			t->sibling->prev = t->prev;
		h->timers = meld(h->timers, rest);
	}
	if (h->timers)
		h->timers->prev = h->timers->sibling = NULL;
	t->child = t->sibling = t->prev = NULL;
}

void timer_arm(struct hub *h, struct timer *t, uint64_t deadline_ns)
{
	spin_lock(&h->timer_lock);
	t->deadline_ns = deadline_ns;
	t->child = t->sibling = t->prev = NULL;
	t->hub = h;
	h->timers = meld(h->timers, t);
	h->stats.timers_set++;
	spin_unlock(&h->timer_lock);
}

void timer_cancel(struct timer *t)
{
	struct hub *h = t->hub;

	if (!h)
		return;
	spin_lock(&h->timer_lock);
	if (t->hub) {
		remove_locked(h, t);
		t->hub = NULL;
	}
	spin_unlock(&h->timer_lock);
}

uint64_t timer_run(struct hub *h)
{
	uint64_t now, next = GREEN_FOREVER;

	if (!h->timers)
		return next;
	now = now_ns();
	spin_lock(&h->timer_lock);
	while (h->timers) {
		struct timer *t = h->timers;

		if (t->deadline_ns > now) {
			next = t->deadline_ns;
			break;
		}
		remove_locked(h, t);
		h->stats.timers_fired++;
		unpark(FIBER_OF_TIMER(t), WAKE_TIMEOUT);
		/* Last of all: timer_cancel() does not take the lock if it
		 * reads NULL here, and unpark() must not claim the fiber's
		 * next wait. */
		atomic_store(&t->hub, NULL);
	}
	spin_unlock(&h->timer_lock);
	return next;
}
