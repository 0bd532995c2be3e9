/* dump.h - what every fiber is doing, for a person. */
#ifndef GREEN_DUMP_H
#define GREEN_DUMP_H

#include "base/state.h"

/* Fill in the hooks that debug/ serves (rt_hooks), and arrange for the report
 * of --stats if it is asked for.  Called by green_start(). */
void debug_start(void);

/* Write the dump to fd.  On the monitor's thread; see rt_hooks.dump. */
void dump_all(int fd);
/* The owner of the lock at addr, and what kind of lock it seems to be; NULL: it
 * is not a lock that is held, or not by one known fiber. */
struct fiber *lock_owner(const void *addr, const char **kind);
/* The fiber whose member `ended` is at word. */
struct fiber *fiber_of_ended(const void *word);

#endif
