/* stack.h - stacks: address space reserved lazily, guarded, trimmed.  All sizes
 * are in bytes. */
#ifndef GREEN_STACK_H
#define GREEN_STACK_H

#include "base/common.h"

/*
 * Map room bytes for guard and stack, with extra bytes above them, rounded up
 * to whole pages.
 * guard     whole pages at the low end that must not be accessed
 * map_size  receives the size of the whole mapping
 * Returns the lowest byte; NULL: no memory.
 */
void *stack_map(size_t room, size_t guard, size_t extra, size_t *map_size);

/* Unmap what stack_map() returned. */
void stack_unmap(void *map, size_t size);

/* Change the size of a mapping's guard, in whole pages, between two lives.
 * False: the kernel refuses. */
bool stack_change_guard(void *map, size_t from, size_t to);

/* Return to the kernel the memory of a stack that nobody uses, but for a little
 * at its top.  low is its lowest usable byte. */
void stack_trim(void *low, size_t size);

/* The default size of stacks: GREENSHIM_STACK, else `ulimit -s`, else 8 MiB. */
size_t stack_default_size(void);

#endif
