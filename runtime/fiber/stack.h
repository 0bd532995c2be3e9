/* stack.h - stacks: reserved lazily, guarded, trimmed. */
#ifndef GREEN_STACK_H
#define GREEN_STACK_H

#include "base/common.h"

/*
 * A mapping of room bytes for guard and stack, and extra bytes on top; the
 * guard is its low end.  *map_size: the whole.  NULL without memory.
 */
void *stack_map(size_t room, size_t guard, size_t extra, size_t *map_size);
void stack_unmap(void *map, size_t size);
/* The guard's size changes, in bytes.  False: the kernel refuses. */
bool stack_change_guard(void *map, size_t from, size_t to);
/* Give back to the kernel what lies deep in a stack that nobody uses. */
void stack_trim(void *low, size_t size);
/* Bytes, as GREENSHIM_STACK or `ulimit -s` have it. */
size_t stack_default_size(void);

#endif
