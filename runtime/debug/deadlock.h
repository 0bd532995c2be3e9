/* deadlock.h - when nothing runs, and nothing ever will. */
#ifndef GREEN_DEADLOCK_H
#define GREEN_DEADLOCK_H

/* Every hub sleeps: say so if nothing can ever wake one.  Once a process; on
 * the monitor's thread. */
void deadlock_check(void);

#endif
