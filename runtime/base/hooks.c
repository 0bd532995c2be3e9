/* The table of calls that go up; process/start.c fills it. */
#include "base/hooks.h"

struct rt_hooks rt_hooks;
_Atomic uint32_t sched_deferred;
