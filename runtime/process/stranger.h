/* stranger.h - TLS for threads that the program makes by clone(2) itself. */
#ifndef GREEN_STRANGER_H
#define GREEN_STRANGER_H

#include "base/common.h"

struct stranger;

/*
 * Prepare for a child in our memory that has no TLS of its own (no
 * CLONE_SETTLS) and runs beside its maker (no CLONE_VFORK): with the maker's TLS
 * the child would be taken for the maker's fiber.  is_process: no CLONE_THREAD.
 * NULL: no memory.  Calls malloc, so outside the scheduler.
 */
struct stranger *stranger_prepare(bool is_process);

/* What the child passes to the kernel as its TLS. */
void *stranger_tls(const struct stranger *s);

/* The child exists, and tid is its tid; or it could not be made, and tid is
 * negative.  Called by the maker. */
void stranger_made(struct stranger *s, long tid);

/* Called by the child first of all. */
void stranger_begins(void);

/* Forget the strangers, in the child of a fork. */
void strangers_fork_child(void);

#endif
