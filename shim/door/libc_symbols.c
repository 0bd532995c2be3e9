/*
 * libc_symbols.c - looks up the libc functions that interposers call.
 */
#include <dlfcn.h>

#include "interpose.h"

extern struct libc_symbol first[] __asm__("__start_green_libc")
	__attribute__((visibility("hidden")));
extern struct libc_symbol end[] __asm__("__stop_green_libc")
	__attribute__((visibility("hidden")));

void *libc_symbol_find(struct libc_symbol *s)
{
	void *at = rt_libc_symbol(s->name, s->version);

	atomic_store_explicit(&s->at, at, memory_order_relaxed);
	return at;
}

/* A function that this libc does not have is reported when it is called. */
void libc_symbols_find_all(void)
{
	static bool done; /* only once, even if the runtime cannot start */
	struct libc_symbol *s;

	if (done)
		return;
	done = true;
	/* cppcheck-suppress comparePointers */
	for (s = first; s < end; s++)
		if (!s->at)
			s->at = dlvsym(RTLD_NEXT, s->name, s->version);
}
