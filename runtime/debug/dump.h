/* dump.h - what every fiber is doing, for a person; on the monitor's thread. */
#ifndef GREEN_DUMP_H
#define GREEN_DUMP_H

#include "base/state.h"

/* Fill in what the lower floors call (rt_hooks), and begin the report of
 * --stats if it is asked for.  Called by green_start(). */
void debug_start(void);

void dump_all(int fd);
/* tid of the owner, if addr is the lock word of a held pthread_mutex_t. */
int mutex_owner_tid(const void *addr);
/* The fiber whose `ended` that is; NULL: none. */
struct fiber *fiber_of_ended(const void *word);

#endif
