/* spares.h - the part of sched/carrier.h that the shim's linker door needs. */
#ifndef GREEN_SPARES_H
#define GREEN_SPARES_H

#include "base/common.h"

/*
 * Spawning a kernel thread takes the dynamic linker's lock over TLS.  The shim
 * sets these two, for threads that must not wait: linker_try takes the lock if
 * it is free, and returns true if so; linker_leave releases it.  NULL: the
 * linker's door is closed, and the lock cannot be tried.
 */
extern bool (*linker_try)(void) HIDDEN;
extern void (*linker_leave)(void) HIDDEN;

/* Before the caller holds that lock for long: make sure that there are spares,
 * one for the calling fiber's hub and one for a fiber that hops.  Outside the
 * scheduler. */
void carrier_have_spares(void);

#endif
