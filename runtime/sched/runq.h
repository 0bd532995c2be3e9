/* runq.h - a hub's run queue, first in, first out. */
#ifndef GREEN_RUNQ_H
#define GREEN_RUNQ_H

#include "sched/hub.h"

/* ---- for the owner of h: its carrier in CARRIER_RT, or the monitor when it
 * has taken h ---- */

/* Append f, and wake an idle hub if the ring holds more than one fiber. */
void runq_push(struct hub *h, struct fiber *f);

/* Remove the oldest fiber; NULL: none. */
struct fiber *runq_pop(struct hub *h);

/* Append the fibers of the inbox, oldest first. */
void runq_take_inbox(struct hub *h);

/* Move half of another hub's ring to h, whose own is empty: returns the first
 * fiber, not queued; NULL: no other hub has any. */
struct fiber *runq_steal(struct hub *h);

/* ---- for any thread, inside the scheduler or out ---- */

/* Put f into h's inbox, and wake h if it is idle. */
void runq_inject(struct hub *h, struct fiber *f);

/* True if no fiber is queued on h, the inbox included.  Exact for the owner,
 * but for the inbox and thieves. */
bool runq_empty(const struct hub *h);

#endif
