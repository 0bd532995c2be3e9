/* tls_modules.h - the modules whose thread-local variables lie in static
 * TLS. */
#ifndef GREEN_TLS_MODULES_H
#define GREEN_TLS_MODULES_H

/* Find the modules that are loaded.  0; -ENOSYS: this libc is not supported;
 * -ENOMEM.  Called by tcb_init(). */
int tls_modules_init(void);

/* Reset the static TLS of a TCB, but for libc's own block, to the initial
 * images. */
void tls_reset(void *tcb);

/* A counter that grows whenever the set of modules changes. */
unsigned tls_changes(void);

/* A library may have been loaded or unloaded: update the table, and initialize
 * the new blocks of all fibers.  The caller holds the dynamic linker's lock
 * over its list of libraries, so calls do not overlap.  Ends the process
 * without memory. */
void tls_modules_changed(void);

#endif
