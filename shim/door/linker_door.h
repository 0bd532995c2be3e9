/*
 * linker_door.h - the dynamic linker's locks (linker_door.c).
 */
#ifndef GREEN_LINKER_DOOR_H
#define GREEN_LINKER_DOOR_H

#include <stdbool.h>
#include <stddef.h>

/* Put our functions in place.  libc: a handle; data, size: _rtld_global.
 * While there is one thread: libc_door.c. */
void linker_door_open(void *libc, void *data, size_t size);

bool linker_door_is_open(void);

#endif
