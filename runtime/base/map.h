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

#endif
