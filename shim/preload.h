/* preload.h - the order of LD_PRELOAD in programs that this one executes
 * (preload.c). */
#ifndef GREEN_PRELOAD_H
#define GREEN_PRELOAD_H

#include <stddef.h>

/* The pointers that preload_last() has room for; 0: the shim is last in
 * LD_PRELOAD already, or not there. */
size_t preload_room(char *const envp[]);
/* Returns a copy of envp, in room, in whose LD_PRELOAD the shim is last; or
 * envp itself if room is 0 pointers. */
char *const *preload_last(char *const envp[], char **room, size_t pointers);

/* Replace envp by such a copy, on the caller's stack, if need be. */
#define PRELOAD_LAST(envp)                                                     \
	size_t pointers_ = preload_room(envp);                                 \
	char *room_[pointers_ + 1];                                            \
                                                                               \
	(envp) = (void *)preload_last(envp, room_, pointers_)

#endif
