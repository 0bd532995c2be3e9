/* libc_lookup.h - libc's own functions, past our interposers. */
#ifndef GREEN_LIBC_LOOKUP_H
#define GREEN_LIBC_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Return the definition of a function that follows ours in the search order:
 * libc's, or that of another library that interposes the function.
 * name, version  as for dlvsym(3); if libc lacks that version, the default
 *                version is returned, as by dlsym(3)
 * Ends the process if there is no definition.  Takes the dynamic linker's
 * lock, so not for signal handlers or the inside of the scheduler.
 */
void *rt_libc_symbol(const char *name, const char *version);

/* Code of one library, in memory. */
struct code_range {
	uintptr_t low, size;
};

static inline bool code_holds(const struct code_range *r, uintptr_t at)
{
	return at - r->low < r->size;
}

/* The code that a function is part of: one segment of its library, whose
 * headers are mapped with it.  Size 0: not found. */
struct code_range code_around(const void *function);

#endif
