/* monitor.h - the thread that sees to it that no fiber stops others. */
#ifndef GREEN_MONITOR_H
#define GREEN_MONITOR_H

#include "base/common.h"

void monitor_start(void);
/* Is the caller the monitor's thread? */
bool monitor_is_self(void);
/* Its kernel thread's tid; waits until that is known. */
int monitor_tid(void);
/* A hub is awake: the monitor must tick. */
void monitor_wake(void);
/* There is work for rt_hooks.monitor_kicked, or for carrier_make_late().  From
 * signal handlers, too. */
void monitor_kick(void);

#endif
