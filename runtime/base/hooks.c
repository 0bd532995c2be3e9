/* Upward calls; process/start.c and debug/dump.c fill the table. */
#include "base/hooks.h"

struct rt_hooks rt_hooks;
_Atomic uint32_t sched_deferred;
