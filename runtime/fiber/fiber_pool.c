/*
 * The memory of fibers: mapped, used again, never given back.
 *
 * A struct fiber stays readable for ever, and the list of all of them only
 * grows; `alive` says which are in use.  So that a program which asks for
 * stacks of ever other sizes does not map without end, sizes are rounded up to
 * classes, four to each doubling, and a mapping serves whoever asks for its
 * class, with any guard.  The free ones of the default size stand on a list of
 * their hub's; all others, and what is more than enough for a hub, on shared
 * lists, one a class.
 */
#include "base/map.h"
#include "fiber/fiber_pool.h"
#include "fiber/registry.h"
#include "fiber/stack.h"
#include "fiber/tcb.h"
#include "fiber/tls_modules.h"
#include "sched/park.h"

#define TRIM_EVERY     32
#define LOCAL_FREE_MAX 128
#define PAGE	       4096ul
#define CLASSES	       224 /* of 64 bits */
#define OWN_CLASS      0   /* the program gives the stack */

static struct fiber *shared_free[CLASSES];
static struct spin shared_lock;
static _Atomic size_t default_size;

/* ---- classes ---- */

/* Its number, above OWN_CLASS, and the pages that it has room for. */
static unsigned class_of(size_t pages, size_t *rounded)
{
	unsigned shift = 0;
	size_t step;

	if (pages > 8) /* then there are four steps from a power of two on */
		shift = 61 - (unsigned)__builtin_clzl(pages - 1);
	step = 1ul << shift;
	*rounded = (pages + step - 1) & ~(step - 1);
	return 1 + shift * 4 + (unsigned)((*rounded - 1) >> shift);
}

/* What somebody asks for. */
struct want {
	bool own;
	unsigned class;
	size_t stack, guard;
	size_t room; /* of the class, for stack and guard */
};

/* False: no machine has so much. */
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
	/* The usual guard comes on top, so that usual sizes are classes. */
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

/* A library that was loaded before f was published, but after its TLS was
 * made, has found it nowhere. */
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

/*
 * Not inside the scheduler: both making a TCB and resetting one call malloc,
 * which may wait for a lock that a fiber of this hub holds.
 */
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

/* In the child of a fork every other fiber is gone. */
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
