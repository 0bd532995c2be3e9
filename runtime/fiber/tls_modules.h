/* tls_modules.h - the modules whose thread-local variables lie in static
 * TLS. */
#ifndef GREEN_TLS_MODULES_H
#define GREEN_TLS_MODULES_H

/* -ENOSYS: not with this libc. */
int tls_modules_init(void);
/* Static TLS goes back to its initial images, but for libc's own block. */
void tls_reset(void *tcb);
/* Grows when modules come or go. */
unsigned tls_changes(void);
/* A library may have come or gone.  One caller at a time, which holds the
 * dynamic linker's lock over its list of libraries. */
void tls_modules_changed(void);

#endif
