/* map.h - memory by the page, where malloc is not for the runtime. */
#ifndef GREEN_MAP_H
#define GREEN_MAP_H

#include "base/common.h"

/*
 * Map size bytes of zeroed pages, reserved but not allocated (mmap(2),
 * MAP_NORESERVE).  NULL without memory.  Usable in signal handlers and inside
 * the scheduler.
 */
void *rt_map(size_t size);

#endif
