/*
 * ldcache.h - the loader's cache of where libraries are, /etc/ld.so.cache.
 */
#ifndef CHECK_LDCACHE_H
#define CHECK_LDCACHE_H

#include <stdbool.h>

/* Call each with the files that the cache has for the library of this name,
 * the best for this CPU first, until it returns true. */
void ldcache_find(const char *name, bool (*each)(const char *path, void *arg),
		  void *arg);

/* How much more than x86-64 itself the CPU can: 1 to 4, as in "x86-64-v3". */
int cpu_level(void);

#endif
