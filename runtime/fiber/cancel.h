/* cancel.h - the cancellation word of a fiber, and of an alien. */
#ifndef GREEN_CANCEL_H
#define GREEN_CANCEL_H

#include "fiber/tcb.h"

enum cancel_bits {
	CANCEL_DISABLED = 1, /* pthread_setcancelstate(3) */
	CANCEL_ASYNC = 2,    /* pthread_setcanceltype(3) */
	CANCEL_PENDING = 4,  /* pthread_cancel(3) was called */
	CANCEL_HELD = 8	     /* in a call that is not a cancellation point */
};

/* True if the thread with that TCB and cancellation word has a request on which
 * it must act at its next cancellation point. */
static inline bool cancel_word_is_due(uint32_t word, uintptr_t tcb)
{
	return UNLIKELY((word & (CANCEL_DISABLED | CANCEL_HELD |
				 CANCEL_PENDING)) == CANCEL_PENDING) &&
	       !rt_libc_holds_cancel(tcb);
}

#endif
