/* The list of all fibers. */
#include "base/list.h"
#include "fiber/layout.h"
#include "fiber/registry.h"

static struct fiber *_Atomic all_fibers;

void fiber_publish(struct fiber *f)
{
	STACK_PUSH(&all_fibers, f, all_next);
}

void fiber_each(void (*fn)(struct fiber *, void *), void *arg)
{
	struct fiber *f;

	for (f = atomic_load(&all_fibers); f; f = f->all_next)
		fn(f, arg);
}

struct fiber *fiber_by_bits(int bits, int mask)
{
	struct fiber *f;

	for (f = atomic_load(&all_fibers); f; f = f->all_next)
		if (f->alive && (f->tid & mask) == bits && !f->ended)
			return f;
	return NULL;
}

struct fiber *fiber_by_tid(int tid)
{
	return fiber_by_bits(tid, -1);
}
