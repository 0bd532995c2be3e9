/*
 * The memory of fibers: mapped, recycled, never unmapped.
 *
 * A struct fiber stays readable for ever, and the list of all fibers only
 * grows; `alive` tells which ones are in use.  Stack sizes are rounded up to
 * classes, four to each doubling, and a mapping serves every request of its
 * class, whatever the guard: so a program that keeps asking for new sizes does
 * not map memory without end.  Free fibers of the default size stand on a list
 * of their hub, up to a limit; all others stand on shared lists, one for each
 * class.
 */
#include "base/map.h"
#include "fiber/fiber_pool.h"
#include "fiber/registry.h"
#include "fiber/stack.h"
#include "fiber/tcb.h"
#include "fiber/tls_modules.h"
#include "sched/park.h"

#define TRIM_EVERY     32  /* uses, then the deep part of a stack is freed */
#define LOCAL_FREE_MAX 128 /* free fibers on a hub's own list */
#define PAGE	       4096ul
#define CLASSES	       224 /* enough for all sizes of 64 bits */
#define OWN_CLASS      0   /* the program provides the stack */

static struct fiber *shared_free[CLASSES];
static struct spin shared_lock;
static _Atomic size_t default_size;

/* ---- classes ---- */

/* The number of the class for so many pages, above OWN_CLASS; *rounded: the
 * pages that a mapping of the class has room for. */
static unsigned class_of(size_t pages, size_t *rounded)
{
	unsigned shift = 0;
	size_t step;

	if (pages > 8) /* from here on, four classes for each power of two */
		shift = 61 - (unsigned)__builtin_clzl(pages - 1);
	step = 1ul << shift;
	*rounded = (pages + step - 1) & ~(step - 1);
	return 1 + shift * 4 + (unsigned)((*rounded - 1) >> shift);
}

/* A request, sizes in bytes. */
struct want {
	bool own;	     /* the program provides the stack */
	unsigned class;	     /* its size class */
	size_t stack, guard; /* as asked for, in whole pages */
	size_t room;	     /* of the class, for stack and guard */
};

/* False: the sizes are absurd. */
static bool want_make(struct want *w, const struct green_attr *a)
{
	size_t bytes;

	w->own = a && a->stack;
	w->stack = a && a->stack_size ? a->stack_size : 0;
	w->guard = a && a->guard_size ? a->guard_size : PAGE;
	if (a && a->no_guard)
		w->guard = 0;
	if (!w->stack) {
		if (!default_size)
			default_size = stack_default_size();
		w->stack = default_size;
	}
	if (w->own) {
		w->class = OWN_CLASS;
		w->guard = w->room = 0;
		return true;
	}
	if (w->stack > SIZE_MAX / 4 || w->guard > SIZE_MAX / 4)
		return false;
	w->stack = (w->stack + PAGE - 1) & ~(PAGE - 1);
	w->guard = (w->guard + PAGE - 1) & ~(PAGE - 1);
	/* One page for the guard comes on top of the class, so that the usual
	 * stack sizes, powers of two, are classes exactly. */
	bytes = w->stack + (w->guard > PAGE ? w->guard - PAGE : 0);
	w->class = class_of(bytes / PAGE, &w->room);
	w->room = (w->room + 1) * PAGE;
	return true;
}

static bool is_usual(const struct fiber *f)
{
	return !f->own_stack && f->guard_size == PAGE &&
	       f->stack_asked == default_size;
}

/* ---- taking ---- */

static struct fiber *map_new(const struct want *w)
{
	size_t extra = tcb_area_size() + sizeof(struct fiber) + 256;
	size_t map_size;
	char *map = stack_map(w->room, w->guard, extra, &map_size);
	struct fiber *f;

	if (!map)
		return NULL;
	f = (struct fiber *)((uintptr_t)(map + map_size - sizeof(*f)) & ~63ul);
	f->magic = FIBER_MAGIC;
	f->map = map;
	f->map_size = map_size;
	f->sigmask = ~0ull;
	f->class = (uint8_t)w->class;
	f->own_stack = w->own;
	f->guard_size = w->guard;
	f->area_top = f;
	f->tcb = (uintptr_t)tcb_make(f->area_top);
	if (!f->tcb) {
		stack_unmap(map, map_size);
		return NULL;
	}
	fiber_publish(f);
	return f;
}

/* If a library was loaded after f's TLS was created and before f was published,
 * tls_modules_changed() missed f: create its static TLS anew. */
static struct fiber *map_new_current(const struct want *w)
{
	unsigned changes = tls_changes();
	struct fiber *f = map_new(w);

	if (f && UNLIKELY(tls_changes() != changes))
		tls_reset((void *)f->tcb);
	return f;
}

static struct fiber *local_take(const struct want *w)
{
	struct fiber *me = rt_fiber(), *f = NULL;
	struct hub *h;

	if (!me || w->own || w->stack != default_size || w->guard != PAGE)
		return NULL;
	h = sched_enter(me);
	if (h && (f = h->free_fibers) != NULL) {
		h->free_fibers = f->next;
		h->free_count--;
	}
	sched_leave(me, h);
	return f;
}

static struct fiber *shared_take(const struct want *w)
{
	struct fiber *f;

	spin_lock(&shared_lock);
	f = shared_free[w->class];
	if (f)
		shared_free[w->class] = f->next;
	spin_unlock(&shared_lock);
	return f;
}

/* Creating a TCB and resetting one both call malloc, which may wait for a lock
 * that a fiber of this hub holds: hence outside the scheduler. */
struct fiber *fiber_alloc(const struct green_attr *a)
{
	struct fiber *f;
	struct want w;

	if (!want_make(&w, a))
		return NULL;
	f = local_take(&w);
	if (!f)
		f = shared_take(&w);
	if (f && f->guard_size != w.guard &&
	    !stack_change_guard(f->map, f->guard_size, w.guard)) {
		fiber_free(f, NULL);
		f = NULL;
	}
	if (f)
		tcb_reset((void *)f->tcb);
	else
		f = map_new_current(&w);
	if (!f)
		return NULL;
	f->stack_asked = w.stack;
	f->guard_size = w.guard;
	f->stack_low = w.own ? a->stack : (char *)f->map + w.guard;
	f->stack_size = w.own ? w.stack : w.room - w.guard;
	return f;
}

/* ---- giving back ---- */

static void shared_put(struct fiber *f)
{
	f->next = shared_free[f->class];
	shared_free[f->class] = f;
}

void fiber_free(struct fiber *f, struct hub *h)
{
	ASSERT_OP(f->magic, ==, FIBER_MAGIC);
	ASSERT(!f->main && !f->robust_held);
	if (!f->own_stack && ++f->uses % TRIM_EVERY == 0)
		stack_trim(f->stack_low, f->stack_size);
	atomic_store_explicit(&f->alive, false, memory_order_release);
	if (h && h->free_count < LOCAL_FREE_MAX && is_usual(f)) {
		f->next = h->free_fibers;
		h->free_fibers = f;
		h->free_count++;
		return;
	}
	spin_lock(&shared_lock);
	shared_put(f);
	spin_unlock(&shared_lock);
}

/* In the child of a fork only me exists. */
static void forget_one(struct fiber *f, void *me)
{
	if (f == me)
		return;
	f->alive = false;
	f->sigmask = ~0ull;
	spin_reset(&f->life);
	if (!f->main)
		shared_put(f);
}

void fiber_pool_forget(struct fiber *me)
{
	spin_reset(&shared_lock);
	memset(shared_free, 0, sizeof(shared_free));
	fiber_each(forget_one, me);
}
