/*
 * leaks.c - the roots of a leak sanitizer.
 *
 * LeakSanitizer, also as part of AddressSanitizer, looks at exit for memory to
 * which no pointer leads.  It searches what it knows: data, and the stacks and
 * TLS of the kernel threads that it has stopped.  A parked fiber is on none of
 * them, so its memory is made known before.  LeakSanitizer looks when the
 * libraries' destructors run; a handler that is registered after the start of
 * main(), with the first thread, runs before these.
 */
#include <stdlib.h>

#include "base/map.h"
#include "debug/leaks.h"
#include "fiber/layout.h"
#include "fiber/registry.h"

static void show_fiber(struct fiber *f, void *unused)
{
	char *low, *top, *end, *sp;

	(void)unused;
	if (!f->alive || !f->map)
		return;
	low = f->stack_low;
	top = low + f->stack_size;
	end = (char *)f->map + f->map_size;
	sp = f->sp;
	/* Another hub may be running it. */
	if (f->state != FIBER_PARKED || sp < low || sp > top)
		sp = low;
	rt_map_root(sp, (size_t)(top - sp));
	/* Its TLS is in the mapping, above its stack if that is not its own. */
	if (f->own_stack)
		rt_map_root(f->map, f->map_size);
	else
		rt_map_root(top, (size_t)(end - top));
}

static void show_all(void)
{
	if (rt_started)
		fiber_each(show_fiber, NULL);
}

void leaks_start(void)
{
	static bool registered;

	if (!registered && rt_map_has_roots())
		registered = atexit(show_all) == 0;
}
