/* monitor.h - the thread that keeps one fiber from stalling the others. */
#ifndef GREEN_MONITOR_H
#define GREEN_MONITOR_H

#include "base/common.h"

/* Spawn the monitor's thread; without one the runtime works on, and says so.
 * Called by green_start(). */
void monitor_start(void);

/* True if the caller runs on the monitor's thread. */
bool monitor_is_self(void);

/* The tid of the monitor's kernel thread; waits until it is known.  Only while
 * rt.has_monitor. */
int monitor_tid(void);

/* A hub is awake: the monitor must tick.  Any context. */
void monitor_wake(void);

/* Let the monitor's thread call rt_hooks.monitor_kicked and
 * carrier_make_late() soon.  Any context, also signal handlers. */
void monitor_kick(void);

#endif
