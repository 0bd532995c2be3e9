/*
 * linker_door.h - the dynamic linker's locks (linker_door.c).
 */
#ifndef GREEN_LINKER_DOOR_H
#define GREEN_LINKER_DOOR_H

#include <stdbool.h>
#include <stddef.h>

/* Replace the two functions by which ld.so locks and unlocks its mutexes.
 * libc: dlopen()'s handle; data, size: _rtld_global and its bytes.  Call while
 * the process has one thread (libc_door.c). */
void linker_door_open(void *libc, void *data, size_t size);

bool linker_door_is_open(void);

#endif
