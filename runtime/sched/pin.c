/*
 * Pinning: fibers with a kernel thread of their own.
 *
 * Some calls change, or ask about, one kernel thread: its CPUs, its priority,
 * its user, its namespaces.  Natively that thread is the calling one for the
 * rest of its life.  So a fiber that makes such a call is pinned to a carrier
 * that runs no other fiber and exits with it.  A pinned fiber parks like any
 * other and is woken on its carrier.  A thread that a pinned fiber spawns is
 * pinned too, to a kernel thread that the parent's carrier spawns, and so
 * inherits the attributes of the parent's kernel thread.
 *
 * Such a carrier is altered: it never runs another fiber, and every other
 * kernel thread that its fiber needs is spawned by the monitor.
 *
 * A fiber may also be pinned for a time, while it owns a mutex whose waiters
 * the kernel ties to the owner's kernel thread.  Its carrier then is a spare,
 * is not altered, and returns to the spares.
 *
 * fiber.pinned is written by the fiber itself, or under pin_lock by a thread
 * that pins another fiber; the new value takes effect when the fiber is next
 * made runnable.
 */
#include <linux/futex.h>

#include "fiber/registry.h"
#include "sched/monitor.h"
#include "sched/park.h"
#include "sched/pin.h"

static struct spin pin_lock;

bool pin_is_altered(void)
{
	struct carrier *c = carrier_here();

	return c && c->altered;
}

void pin_give(struct fiber *f)
{
	carrier_wake(f->pinned, NULL, f);
}

bool pin_wait(struct carrier *c)
{
	while (!atomic_exchange(&c->wake, 0))
		raw_syscall(SYS_futex, &c->wake, FUTEX_WAIT_PRIVATE, 0, NULL);
	if (!c->leave)
		return true;
	/* The main kernel thread must not exit before the process does: it
	 * waits for ever. */
	while (c->tid == rt.pid)
		raw_syscall(SYS_futex, &c->leave, FUTEX_WAIT_PRIVATE, 1, NULL);
	return false;
}

struct carrier *pin_make(void)
{
	struct carrier *c = carrier_make_pinned();
	int tid;

	while (c && !(tid = atomic_load(&c->tid)))
		raw_syscall(SYS_futex, &c->tid, FUTEX_WAIT_PRIVATE, 0, NULL);
	return c;
}

void pin_discard(struct carrier *c)
{
	if (!c)
		return;
	atomic_store(&c->leave, 1);
	carrier_wake(c, NULL, NULL);
}

/* Pin the running fiber where it is; its hub h, if any, moves to another
 * carrier. */
static int pin_here(struct fiber *f, struct hub *h)
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
	c->pinned = true;
	f->pinned = c;
	return 0;
}

/* May f be pinned where it is?  Other processes address the main kernel thread
 * by the pid, so that one is pinned to the main fiber or to none. */
static bool may_stay(struct fiber *f)
{
	return f->tid == rt.pid || f->carrier->tid != rt.pid;
}

static int pin_self(struct fiber *f)
{
	struct carrier *c = NULL;
	struct hub *h;
	int r = 0;

	if (!may_stay(f)) {
		c = pin_make();
		if (!c)
			return -EAGAIN;
	}
	h = sched_enter(f);
	if (!c) {
		r = pin_here(f, h);
		sched_leave(f, r == 0 ? NULL : h);
		return r;
	}
	f->pinned = c;
	sched_yield_to(f, h, AFTER_HOP);
	return 0;
}

static int pin_other(struct fiber *f)
{
	struct carrier *c = pin_make();
	bool late;

	if (!c)
		return -EAGAIN;
	spin_lock(&pin_lock);
	late = f->pinned || f->ended;
	if (!late) {
		c->altered = true;
		f->pinned = c;
	}
	spin_unlock(&pin_lock);
	if (late)
		pin_discard(c);
	return 0;
}

/* Move the running fiber to its carrier, if another thread pinned it and it has
 * not moved yet. */
static void go_there(struct fiber *f)
{
	if (f->carrier != f->pinned)
		sched_yield_to(f, sched_enter(f), AFTER_HOP);
}

/* The only thread of a process need not be pinned: all threads that it spawns
 * later are to inherit its attributes. */
static bool is_alone(struct fiber *f)
{
	return f->tid == rt.pid && f->carrier->tid == rt.pid &&
	       rt.nfibers == 1 && rt.ncarriers == 1;
}

int fiber_pin(struct fiber *f)
{
	int r = 0;

	if (!f->pinned && is_alone(f))
		return 0;
	if (!f->pinned)
		r = f == rt_fiber() ? pin_self(f) : pin_other(f);
	if (r == 0 && f->pinned) {
		f->pinned->altered = true;
		if (f == rt_fiber())
			go_there(f);
	}
	return r;
}

int fiber_kernel_tid(struct fiber *f)
{
	struct carrier *c = f->pinned;

	return c && c->altered ? c->tid : 0;
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

/* The monitor's thread is never altered. */
int pin_common_tid(void)
{
	return pin_is_altered() && rt.has_monitor ? monitor_tid() : 0;
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

int pin_inherit(struct fiber *f)
{
	struct carrier *c;
	int r = carrier_make_inheriting(&c);

	if (r == 0)
		pin_adopt(f, c);
	return r;
}

void pin_adopt(struct fiber *f, struct carrier *c)
{
	c->altered = true;
	f->pinned = c;
}

int pin_carrier_tid(struct carrier *c)
{
	return c->tid;
}

void pin_end(struct fiber *f)
{
	struct carrier *c = f->pinned;

	if (LIKELY(!c))
		return;
	if (f->pins) /* the kernel thread owns mutexes: not for others */
		c->altered = true;
	spin_lock(&pin_lock);
	f->pinned = NULL;
	spin_unlock(&pin_lock);
	/* The carrier sees `leave` once f has left it for ever. */
	pin_discard(c);
}

/* ---- for a time ---- */

/*
 * While pins is not 0, the list of robust mutexes that is registered with the
 * kernel for the carrier's thread is libc's, in the fiber's TCB.
 */
int pin_enter(void)
{
	struct fiber *f = rt_fiber();
	struct hub *h;
	int r = 0;

	if (!f || f->pins++)
		return 0;
	if (f->pinned) {
		go_there(f);
	} else {
		hop_enter();
		h = sched_enter(f);
		r = h ? -EAGAIN : pin_here(f, NULL);
		sched_leave(f, h);
	}
	if (r < 0)
		f->pins = 0;
	else
		f->list_before = tcb_list_register(NULL);
	return r;
}

int pin_main(void)
{
	struct fiber *f = rt_fiber();
	int r = pin_self(f);

	if (r == 0) {
		f->pins++;
		f->list_before = tcb_list_register(NULL);
	}
	return r;
}

void pin_leave(void)
{
	struct fiber *f = green_self;
	struct carrier *c;

	if (!f || !f->pins || --f->pins || !(c = f->pinned) || c->altered)
		return;
	tcb_list_register(f->list_before);
	f->pinned = NULL;
	c->pinned = false;
	hop_leave();
}

bool pin_is_entered(void)
{
	return green_self && green_self->pins;
}

/* The child's only kernel thread has the attributes of the one that forked. */
void pin_forget(struct fiber *f, void *unused)
{
	(void)unused;
	spin_reset(&pin_lock);
	f->pinned = NULL;
	f->pins = 0;
}
