/* deadlock.h - when nothing runs, and nothing ever will. */
#ifndef GREEN_DEADLOCK_H
#define GREEN_DEADLOCK_H

/* Every hub sleeps: say on stderr if nothing can ever wake one, once in a
 * process.  On the monitor's thread; see rt_hooks.all_asleep. */
void deadlock_check(void);

#endif
