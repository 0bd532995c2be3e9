/*
 * libc_door.h - the jumps written over the entry points of libc (libc_door.c).
 */
#ifndef GREEN_LIBC_DOOR_H
#define GREEN_LIBC_DOOR_H

#include <stdbool.h>

/* Write the jumps.  Call while the process has one thread (startup.c). */
void libc_door_open(void);

/* The number of libc functions that jump to the shim; 0: the door is shut. */
int libc_door_count(void);

/* Why the door is shut, for the report; NULL if it is open. */
const char *libc_door_reason(void);

/* True if the descriptor table learns of the closes that libc makes itself. */
bool libc_door_sees_close(void);

/*
 * Make an interposer a target of the door, in the file that defines it.  The
 * target has a name of our own: the program may define a function of the same
 * name as libc's, and libc's calls must not lead to that.
 */
#define LIBC_DOOR(name)                                                        \
	extern __typeof__(name) door_##name                                    \
		__attribute__((alias(#name), copy(name),                       \
			       visibility("hidden")));

#endif
