/*
 * registry.h - the list of all fibers.
 *
 * The list only grows, and a struct fiber stays readable for ever, so walking
 * the list takes no lock and is possible in every context; `alive` tells which
 * fibers are in use.
 */
#ifndef GREEN_REGISTRY_H
#define GREEN_REGISTRY_H

#include "base/state.h"

/* Put f on the list: every walk that begins later sees f. */
void fiber_publish(struct fiber *f);

/* Call fn(f, arg) for every fiber ever mapped, newest first, alive or not. */
void fiber_each(void (*fn)(struct fiber *, void *), void *arg);

/* The living fiber with that tid; NULL: none.  Takes time linear in the number
 * of fibers. */
struct fiber *fiber_by_tid(int tid);

/* The same, comparing only the bits of the tid that are set in mask. */
struct fiber *fiber_by_bits(int bits, int mask);

#endif
