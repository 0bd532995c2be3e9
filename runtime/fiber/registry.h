/*
 * registry.h - the list of all fibers.
 *
 * It only grows, and a struct fiber stays readable for ever, so walking it
 * takes no lock; `alive` says which fibers are in use.
 */
#ifndef GREEN_REGISTRY_H
#define GREEN_REGISTRY_H

#include "base/state.h"

/* From now on every walk of the list sees f. */
void fiber_publish(struct fiber *f);
/* Newest first, dead ones too. */
void fiber_each(void (*fn)(struct fiber *, void *), void *arg);
/* The living fiber of that tid; NULL: none. */
struct fiber *fiber_by_tid(int tid);
/* The same, by some bits of the tid. */
struct fiber *fiber_by_bits(int bits, int mask);

#endif
