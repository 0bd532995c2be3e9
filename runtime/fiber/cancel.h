/* cancel.h - the cancellation word of a fiber: its bits, and what they mean. */
#ifndef GREEN_CANCEL_H
#define GREEN_CANCEL_H

#include "fiber/tcb.h"

enum cancel_bits {
	CANCEL_DISABLED = 1, /* pthread_setcancelstate(3) */
	CANCEL_ASYNC = 2,    /* pthread_setcanceltype(3) */
	CANCEL_PENDING = 4,  /* pthread_cancel(3) was called */
	CANCEL_HELD = 8	     /* in a call that is not a cancellation point */
};

/* May the thread with that TCB act on a request where it next looks? */
static inline bool cancel_word_is_due(uint32_t word, uintptr_t tcb)
{
	return UNLIKELY((word & (CANCEL_DISABLED | CANCEL_HELD |
				 CANCEL_PENDING)) == CANCEL_PENDING) &&
	       !rt_libc_holds_cancel(tcb);
}

#endif
