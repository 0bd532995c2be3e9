/* fiber_pool.h - the memory of fibers. */
#ifndef GREEN_FIBER_POOL_H
#define GREEN_FIBER_POOL_H

#include "fiber/layout.h"

/*
 * A fiber with a stack and guard as a asks (NULL: the defaults), recycled or
 * newly mapped, its TCB as new.  The caller begins its life
 * (fiber_begin_life()).  NULL: no memory.  Outside the scheduler: it calls
 * malloc.
 */
struct fiber *fiber_alloc(const struct green_attr *a);

/* Recycle f, which is off its stack for ever.  h: the hub of the caller, which
 * is inside the scheduler; NULL: f goes to the shared lists. */
void fiber_free(struct fiber *f, struct hub *h);

/* In the child of a fork, when the runtime starts: all fibers but me are
 * free. */
void fiber_pool_forget(struct fiber *me);

#endif
