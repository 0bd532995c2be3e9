/* Cancellation of fibers: a request reaches the fiber where it waits. */
#include "fiber/registry.h"
#include "process/process_cancel.h"
#include "sched/monitor.h"
#include "signal/sigstate.h"

static _Atomic bool cancels; /* some fiber has yet to act */

/* Interrupt f if it runs.  A fiber in a run queue has nothing to interrupt, and
 * a kick would only disturb what runs on the carrier where f was. */
static void tell(struct fiber *f)
{
	struct carrier *c = f->carrier;

	if (c && c->running == f &&
	    (f->wait_kind == WAIT_HOP || (f->cancel & CANCEL_ASYNC)))
		carrier_kick(c);
}

void fiber_kick(struct fiber *f)
{
	if (f == green_self) {
		signal_kick_self();
		return;
	}
	if (fiber_interrupt(f))
		return;
	atomic_store(&cancels, true);
	tell(f);
	monitor_kick();
}

static void tell_again(struct fiber *f, void *any)
{
	if (!f->alive || f->ended || f->state == FIBER_PARKED ||
	    !cancel_is_due(f))
		return;
	*(bool *)any = true;
	tell(f);
}

/* A fiber that is about to make a blocking call when its cancellation is
 * requested would miss the kick, so it is kicked again until it acts. */
bool cancel_tick(void)
{
	bool any = false;

	if (LIKELY(!atomic_load(&cancels)))
		return false;
	atomic_store(&cancels, false);
	fiber_each(tell_again, &any);
	if (any)
		atomic_store(&cancels, true);
	return any;
}

_Atomic uint32_t *fiber_cancel_word(struct fiber *f)
{
	if (!f)
		f = green_self;
	if (!f && !rt_started && !rt_is_alien())
		f = fiber_early();
	return f ? &f->cancel : NULL;
}

bool cancel_hold(void)
{
	struct fiber *f = rt_fiber();

	/* Asynchronous cancellation acts everywhere, so it is not held. */
	return f && !(f->cancel & CANCEL_ASYNC) &&
	       !(atomic_fetch_or(&f->cancel, CANCEL_HELD) & CANCEL_HELD);
}

void cancel_release(bool held)
{
	/* In the child of a fork green_self is NULL until a thread is spawned. */
	struct fiber *f = green_self ? green_self : fiber_early();

	if (held)
		atomic_fetch_and(&f->cancel, ~(uint32_t)CANCEL_HELD);
}

void cancel_fork_child(void)
{
	cancels = false;
}
