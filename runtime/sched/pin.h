/* pin.h - fibers that are pinned to a kernel thread of their own. */
#ifndef GREEN_PIN_H
#define GREEN_PIN_H

#include "base/state.h"

/* Pin f for good; if it is not the caller, it moves when it is next woken.
 * 0, or -EAGAIN: no kernel thread. */
int fiber_pin(struct fiber *f);
/* The tid of the kernel thread that f has to itself; 0: it is like others. */
int fiber_kernel_tid(struct fiber *f);
/* The fiber that has that kernel thread to itself, or NULL. */
struct fiber *fiber_of_kernel(int tid);
/* The tid of a kernel thread that is as all others are; 0: the caller's. */
int pin_common_tid(void);
/* Another thread changed f's policy: libc's note of it in f's TCB is old. */
void fiber_reschedule(struct fiber *f);
bool fiber_was_rescheduled(struct fiber *f); /* since this was last asked */

/* A kernel thread for a fiber that is yet to be spawned; NULL: none to be
 * had. */
struct carrier *pin_make(void);
int pin_carrier_tid(struct carrier *c);
void pin_adopt(struct fiber *f, struct carrier *c);
void pin_discard(struct carrier *c);

/* Pin the calling fiber for a while; they nest.  0, or -EAGAIN. */
int pin_enter(void);
void pin_leave(void);
bool pin_is_entered(void);

/* ---- for the core ---- */

/* Is the calling kernel thread one that nothing may be inherited from? */
bool pin_is_altered(void);
/* The loop of a pinned carrier; false: its fiber has ended. */
bool pin_wait(struct carrier *c);
/* Run f, which is pinned. */
void pin_give(struct fiber *f);
/* f is new, and its maker a pinned fiber.  0 or -errno. */
int pin_inherit(struct fiber *f);
/* f ends. */
void pin_end(struct fiber *f);
/* In the child of a fork; a callback of fiber_each(). */
void pin_forget(struct fiber *f, void *unused);

#endif
