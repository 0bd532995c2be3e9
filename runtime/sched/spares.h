/* spares.h - carriers, as far as the shim's linker door has to do with
 * them. */
#ifndef GREEN_SPARES_H
#define GREEN_SPARES_H

#include "base/common.h"

/*
 * Making a kernel thread takes the dynamic linker's lock over TLS.  The
 * shim's: take it now or not at all, for a thread that may not wait; NULL:
 * there is no way to.
 */
extern bool (*linker_try)(void) HIDDEN;
extern void (*linker_leave)(void) HIDDEN;

/* Before that lock is taken for long: have a spare for the calling fiber's hub
 * to go on with, and one for a fiber that hops. */
void carrier_have_spares(void);

#endif
