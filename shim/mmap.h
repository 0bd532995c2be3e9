/* mmap.h - is there memory that other processes may share at an address? */
#ifndef GREEN_MMAP_H
#define GREEN_MMAP_H

#include <stdbool.h>

bool mmap_maybe_shared(const void *p);

#endif
