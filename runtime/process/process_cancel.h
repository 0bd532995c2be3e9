/* process_cancel.h - cancellation of fibers (pthread_cancel(3)). */
#ifndef GREEN_PROCESS_CANCEL_H
#define GREEN_PROCESS_CANCEL_H

#include "base/state.h"

/* The cancellation word of f, or (NULL) of the calling thread; NULL: that is
 * libc's business. */
_Atomic uint32_t *fiber_cancel_word(struct fiber *f);
/* End f's wait or call: it is to look at its cancellation word. */
void fiber_kick(struct fiber *f);
/* Cancellation is not acted on in between, but in signal handlers; returns
 * whether that is so for cancel_release() to undo. */
bool cancel_hold(void);
void cancel_release(bool held);

/* Tell those again who have not heard yet; true: there are some.  See
 * rt_hooks.monitor_tick. */
bool cancel_tick(void);
void cancel_fork_child(void);

#endif
