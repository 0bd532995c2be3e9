/* mmap.h - which memory other processes may share (mmap.c). */
#ifndef GREEN_MMAP_H
#define GREEN_MMAP_H

#include <stdbool.h>

/* False if p is certainly not in a shared mapping.  True may be wrong: mappings
 * are never forgotten. */
bool mmap_maybe_shared(const void *p);

#endif
