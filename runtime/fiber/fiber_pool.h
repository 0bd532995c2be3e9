/* fiber_pool.h - the memory of fibers. */
#ifndef GREEN_FIBER_POOL_H
#define GREEN_FIBER_POOL_H

#include "fiber/layout.h"

/* A fiber of the size asked for, recycled or new; NULL without memory.  Not
 * inside the scheduler: it calls malloc. */
struct fiber *fiber_alloc(const struct green_attr *a);
/* Recycle f; h: the caller's hub, inside the scheduler, or NULL. */
void fiber_free(struct fiber *f, struct hub *h);
/* In the child of a fork: all others are free. */
void fiber_pool_forget(struct fiber *me);

#endif
