/* pin.h - fibers that are pinned to a kernel thread of their own. */
#ifndef GREEN_PIN_H
#define GREEN_PIN_H

#include "base/state.h"

/* ---- for good ---- */

/*
 * Pin f for the rest of its life to a kernel thread whose attributes the caller
 * is about to change.  If f is not the caller, it moves when it is next woken.
 * Does nothing if f is the only thread of the process.  Outside the scheduler.
 * 0; -EAGAIN: no kernel thread.
 */
int fiber_pin(struct fiber *f);

/* The tid of the altered kernel thread to which f is pinned; 0: f has none, and
 * runs on threads that are like all others. */
int fiber_kernel_tid(struct fiber *f);

/* The living fiber whose fiber_kernel_tid() is tid, or NULL. */
struct fiber *fiber_of_kernel(int tid);

/* The tid of a kernel thread that is not altered, for calls that ask about a
 * thread; 0: the caller's own will do. */
int pin_common_tid(void);

/* Another thread changed f's scheduling policy: the copy of the policy that
 * libc keeps in f's TCB is stale. */
void fiber_reschedule(struct fiber *f);

/* True if fiber_reschedule(f) was called since this was last asked. */
bool fiber_was_rescheduled(struct fiber *f);

/* ---- a kernel thread for a fiber that is yet to be spawned ---- */

/* Spawn a carrier and wait for its tid.  NULL: no kernel thread.  Pass it to
 * fiber_spawn(), or to pin_discard(). */
struct carrier *pin_make(void);

/* The tid of c's kernel thread. */
int pin_carrier_tid(struct carrier *c);

/* Pin f, which is new, to c. */
void pin_adopt(struct fiber *f, struct carrier *c);

/* Let the thread of c exit; c may be NULL. */
void pin_discard(struct carrier *c);

/* ---- for a time ---- */

/* Pin the calling fiber to its present carrier, or to a spare, until as many
 * calls of pin_leave().  Does nothing outside fibers.  Outside the scheduler.
 * 0; -EAGAIN: no kernel thread. */
int pin_enter(void);
void pin_leave(void);

/* The same for the main fiber, where it is: on the main kernel thread, when the
 * runtime has just started.  Without an end. */
int pin_main(void);

/* True between pin_enter() and pin_leave(), on a fiber. */
bool pin_is_entered(void);

/* ---- for the core ---- */

/* True if the calling kernel thread is altered: no thread may inherit from it
 * but those of its pinned fiber. */
bool pin_is_altered(void);

/* Wait for work on the pinned carrier c, the caller.  False: its fiber has
 * exited, and the kernel thread is to exit too. */
bool pin_wait(struct carrier *c);

/* Let f, which is pinned and off its stack, run on its carrier. */
void pin_give(struct fiber *f);

/* Pin f, which is new, to a kernel thread spawned by the caller's, as the
 * caller is pinned.  0 or -errno, also of clone(2). */
int pin_inherit(struct fiber *f);

/* f, the caller, exits: unpin it, and let its carrier exit. */
void pin_end(struct fiber *f);

/* Unpin f in the child of a fork; a callback of fiber_each(). */
void pin_forget(struct fiber *f, void *unused);

#endif
