/* map.h - memory by the page, for places where malloc must not be called. */
#ifndef GREEN_MAP_H
#define GREEN_MAP_H

#include "base/common.h"

/*
 * Map size bytes of zeroed pages, which take up memory only once they are
 * written (mmap(2), MAP_NORESERVE).  NULL: no memory.  Usable in every
 * context, also in signal handlers and inside the scheduler.
 */
void *rt_map(size_t size);

/* Let a leak sanitizer, if there is one, look for pointers in this memory. */
void rt_map_root(const void *p, size_t size);
/* Is there one? */
bool rt_map_has_roots(void);

#endif
