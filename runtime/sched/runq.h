/* runq.h - a hub's run queue. */
#ifndef GREEN_RUNQ_H
#define GREEN_RUNQ_H

#include "sched/hub.h"

/* The owner's. */
void runq_push(struct hub *h, struct fiber *f);
struct fiber *runq_pop(struct hub *h);
void runq_take_inbox(struct hub *h); /* oldest first */
/* Half of some busy hub's ring moves to h; the first of them. */
struct fiber *runq_steal(struct hub *h);
/* From anywhere. */
void runq_inject(struct hub *h, struct fiber *f);
bool runq_empty(const struct hub *h);

#endif
