/* dump.h - what every fiber is doing, for a person. */
#ifndef GREEN_DUMP_H
#define GREEN_DUMP_H

#include "base/state.h"

/* Fill in the hooks that debug/ serves (rt_hooks), and arrange for the report
 * of --stats if it is asked for.  Called by green_start(). */
void debug_start(void);

/* Write the dump to fd.  On the monitor's thread; see rt_hooks.dump. */
void dump_all(int fd);
/* The owner's tid, if addr is the lock word of a held pthread_mutex_t; 0:
 * it is not, or the owner is not a fiber. */
int mutex_owner_tid(const void *addr);
/* The fiber whose member `ended` is at word. */
struct fiber *fiber_of_ended(const void *word);

#endif
