/*
 * Wiring: a fiber that has a kernel thread of its own.
 *
 * Some calls change, or ask about, one kernel thread: its CPUs, its priority,
 * its user, its namespaces.  Natively that is the calling thread for the rest
 * of its life, so a fiber that makes such a call is bound to a carrier that
 * runs nothing else and ends with it: a thread as any other, which parks like
 * a fiber and is woken on that carrier.  A thread that it makes is wired too,
 * to a kernel thread that its own one makes, from which it inherits all.
 *
 * That carrier is marked: it never serves anybody else, and whatever else it
 * would make a kernel thread for, it has the monitor make.
 *
 * A fiber may also be wired for a time, as long as it owns a mutex whose
 * waiters the kernel ties to the owner's kernel thread.  Then the carrier is
 * one of the pool, and goes back to it.
 *
 * fiber.wired is written by the fiber itself, or under wire_lock by another
 * that wires it; it takes effect when the fiber is next made runnable.
 */
#include <linux/futex.h>

#include "fiber/registry.h"
#include "sched/monitor.h"
#include "sched/park.h"
#include "sched/pin.h"

static struct spin wire_lock;

/* Is the calling kernel thread one that nothing may be inherited from? */
bool wire_is_marked(void)
{
	struct carrier *c = carrier_here();

	return c && c->marked;
}

void wire_give(struct fiber *f)
{
	carrier_wake(f->wired, NULL, f);
}

/* The loop of a bound carrier; false: its fiber has ended. */
bool wire_wait(struct carrier *c)
{
	while (!atomic_exchange(&c->wake, 0))
		raw_syscall(SYS_futex, &c->wake, FUTEX_WAIT_PRIVATE, 0, NULL);
	if (!c->leave)
		return true;
	/* The main kernel thread stays, as a thread that has ended does. */
	while (c->tid == rt.pid)
		raw_syscall(SYS_futex, &c->leave, FUTEX_WAIT_PRIVATE, 1, NULL);
	return false;
}

/* A carrier for nobody yet.  With its number known. */
struct carrier *wire_make(void)
{
	struct carrier *c = carrier_make_bound();
	int tid;

	while (c && !(tid = atomic_load(&c->tid)))
		raw_syscall(SYS_futex, &c->tid, FUTEX_WAIT_PRIVATE, 0, NULL);
	return c;
}

void wire_discard(struct carrier *c)
{
	if (!c)
		return;
	atomic_store(&c->leave, 1);
	carrier_wake(c, NULL, NULL);
}

/* The running fiber stays where it is, and its hub, if any, moves on. */
static int bind_here(struct fiber *f, struct hub *h)
{
	struct carrier *c = f->carrier, *other;

	if (h) {
		other = carrier_reserve();
		if (!other)
			return -EAGAIN;
		c->hub = NULL;
		h->carrier = NULL;
		atomic_store_explicit(&c->state, CARRIER_TAKEN_RT,
				      memory_order_relaxed);
		carrier_wake(other, h, NULL);
	}
	c->wake = 0;
	c->bound = true;
	f->wired = c;
	return 0;
}

/* The main kernel thread is what others mean by the process: it is bound to
 * the main fiber, or to none. */
static bool may_stay(struct fiber *f)
{
	return f->tid == rt.pid || f->carrier->tid != rt.pid;
}

static int wire_self(struct fiber *f)
{
	struct carrier *c = NULL;
	struct hub *h;
	int r = 0;

	if (!may_stay(f)) {
		c = wire_make();
		if (!c)
			return -EAGAIN;
	}
	h = sched_enter(f);
	if (!c) {
		r = bind_here(f, h);
		sched_leave(f, r == 0 ? NULL : h);
		return r;
	}
	f->wired = c;
	sched_yield_to(f, h, AFTER_HOP);
	return 0;
}

static int wire_other(struct fiber *f)
{
	struct carrier *c = wire_make();
	bool late;

	if (!c)
		return -EAGAIN;
	spin_lock(&wire_lock);
	late = f->wired || f->ended;
	if (!late) {
		c->marked = true;
		f->wired = c;
	}
	spin_unlock(&wire_lock);
	if (late)
		wire_discard(c);
	return 0;
}

/* Another wired it, and it has not moved yet. */
static void go_there(struct fiber *f)
{
	if (f->carrier != f->wired)
		sched_yield_to(f, sched_enter(f), AFTER_HOP);
}

/* A process of one thread needs nothing: whatever it makes later is to inherit
 * from that thread. */
static bool is_alone(struct fiber *f)
{
	return f->tid == rt.pid && f->carrier->tid == rt.pid &&
	       rt.nfibers == 1 && rt.ncarriers == 1;
}

int fiber_wire(struct fiber *f)
{
	int r = 0;

	if (!f->wired && is_alone(f))
		return 0;
	if (!f->wired)
		r = f == rt_fiber() ? wire_self(f) : wire_other(f);
	if (r == 0 && f->wired) {
		f->wired->marked = true;
		if (f == rt_fiber())
			go_there(f);
	}
	return r;
}

int fiber_kernel_tid(struct fiber *f)
{
	struct carrier *c = f->wired;

	return c && c->marked ? c->tid : 0;
}

struct wanted {
	int tid;
	struct fiber *found;
};

static void compare_tid(struct fiber *f, void *arg)
{
	struct wanted *w = arg;

	if (f->alive && !f->ended && fiber_kernel_tid(f) == w->tid)
		w->found = f;
}

struct fiber *fiber_of_kernel(int tid)
{
	struct wanted w = { tid, NULL };

	fiber_each(compare_tid, &w);
	return w.found;
}

/* The monitor's. */
int wire_common_tid(void)
{
	return wire_is_marked() && rt.has_monitor ? monitor_tid() : 0;
}

void fiber_reschedule(struct fiber *f)
{
	atomic_store(&f->rescheduled, true);
}

bool fiber_was_rescheduled(struct fiber *f)
{
	return UNLIKELY(f->rescheduled) &&
	       atomic_exchange(&f->rescheduled, false);
}

/* f is new, and its maker a wired fiber. */
int wire_inherit(struct fiber *f)
{
	struct carrier *c;
	int r = carrier_make_heir(&c);

	if (r == 0)
		wire_adopt(f, c);
	return r;
}

void wire_adopt(struct fiber *f, struct carrier *c)
{
	c->marked = true;
	f->wired = c;
}

int wire_carrier_tid(struct carrier *c)
{
	return c->tid;
}

/* f ends, and the carrier with it. */
void wire_end(struct fiber *f)
{
	struct carrier *c = f->wired;

	if (LIKELY(!c))
		return;
	if (f->wires)
		c->marked = true;
	spin_lock(&wire_lock);
	f->wired = NULL;
	spin_unlock(&wire_lock);
	/* It sees that when the fiber is off it for good. */
	wire_discard(c);
}

/* ---- for a time ---- */

/*
 * While it counts, the kernel looks for robust mutexes that the kernel thread
 * owns on the list that libc keeps in the fiber's TCB.
 */
int wire_enter(void)
{
	struct fiber *f = rt_fiber();
	struct hub *h;
	int r = 0;

	if (!f || f->wires++)
		return 0;
	if (f->wired) {
		go_there(f);
	} else {
		hop_enter();
		h = sched_enter(f);
		r = h ? -EAGAIN : bind_here(f, NULL);
		sched_leave(f, h);
	}
	if (r < 0)
		f->wires = 0;
	else
		f->list_before = tcb_list_register(NULL);
	return r;
}

void wire_leave(void)
{
	struct fiber *f = green_self;
	struct carrier *c;

	if (!f || !f->wires || --f->wires || !(c = f->wired) || c->marked)
		return;
	tcb_list_register(f->list_before);
	f->wired = NULL;
	c->bound = false;
	hop_leave();
}

bool wire_is_entered(void)
{
	return green_self && green_self->wires;
}

/* The child's one kernel thread is a copy of the one that forked. */
void wire_forget(struct fiber *f, void *unused)
{
	(void)unused;
	spin_reset(&wire_lock);
	f->wired = NULL;
	f->wires = 0;
}
