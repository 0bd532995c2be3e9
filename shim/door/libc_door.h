/*
 * libc_door.h - the jumps written into libc's own entry points (libc_door.c).
 */
#ifndef GREEN_LIBC_DOOR_H
#define GREEN_LIBC_DOOR_H

#include <stdbool.h>

/* Write the jumps.  While there is one thread: startup.c. */
void libc_door_open(void);

/* How many functions of libc lead to us; 0: the door is shut. */
int libc_door_count(void);

/* Why it is shut, or NULL. */
const char *libc_door_reason(void);

/* Do libc's own calls of close tell the table? */
bool libc_door_sees_close(void);

/*
 * Make an interposer a target of the door, in the file that defines it.  A
 * name of our own, since the program may define a function of libc's name,
 * which libc itself must not end up in.
 */
#define LIBC_DOOR(name)                                                        \
	extern __typeof__(name) door_##name                                    \
		__attribute__((alias(#name), copy(name),                       \
			       visibility("hidden")));

#endif
