/* process_cancel.h - cancellation of fibers (pthread_cancel(3)). */
#ifndef GREEN_PROCESS_CANCEL_H
#define GREEN_PROCESS_CANCEL_H

#include "base/state.h"

/* The cancellation word (enum cancel_bits) of f, or for f NULL of the calling
 * thread, which need not be a fiber yet.  NULL: libc cancels that thread. */
_Atomic uint32_t *fiber_cancel_word(struct fiber *f);
/* Interrupt f's wait or call, so that f looks at its cancellation word.  On any
 * fiber. */
void fiber_kick(struct fiber *f);
/* Between hold and release the calling fiber does not act on cancellation,
 * except in signal handlers.  Holds do not nest: hold returns what release
 * takes, which is false where nothing changed. */
bool cancel_hold(void);
void cancel_release(bool held);

/* Kick the fibers again that have yet to act on a request; true: there are
 * some.  See rt_hooks.monitor_tick. */
bool cancel_tick(void);
void cancel_fork_child(void); /* the requests were the parent's */

#endif
