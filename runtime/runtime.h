/*
 * runtime.h - what the shim sees of the runtime.
 *
 * Every function here returns a value or -errno and leaves errno alone; the
 * shim's interpose.h converts the result to what each libc symbol promises.
 * Deadlines are CLOCK_MONOTONIC nanoseconds; GREEN_FOREVER means none.
 *
 * The headers stand room by room, from the bottom up; README.md describes the
 * rooms.
 */
#ifndef GREEN_RUNTIME_H
#define GREEN_RUNTIME_H

#include "base/now.h"
#include "base/libc_lookup.h"
#include "base/log.h"
#include "base/map.h"
#include "base/state.h"

#include "fiber/cancel.h"
#include "fiber/fiber.h"
#include "fiber/registry.h"
#include "fiber/tcb.h"
#include "fiber/tls_modules.h"
#include "sched/cputime.h"
#include "sched/hop.h"
#include "sched/pin.h"
#include "sched/spares.h"
#include "sched/uvloop.h"

#include "sync/futex.h"
#include "sync/robust.h"

#include "signal/signals.h"
#include "signal/user_copy.h"

#include "io/calls.h"
#include "io/descriptors.h"

#include "process/config.h"
#include "process/filters.h"
#include "process/process_cancel.h"
#include "process/process_exec.h"
#include "process/process_fork.h"
#include "process/start.h"
#include "process/stranger.h"
#include "process/trap.h"

#include "debug/stats.h"

#endif
