/* futex.h - the futex table; green.h has the plain operations. */
#ifndef GREEN_FUTEX_H
#define GREEN_FUTEX_H

#include "base/state.h"

/*
 * Wait on a condition variable, as pthread_cond_timedwait(3) does: queue at
 * *signals, call unlock(mutex), park.  The caller locks the mutex again.
 * counts       wakers add 1 to *signals before they wake, so the wait can
 *              continue after a signal handler
 * deadline_ns  CLOCK_MONOTONIC nanoseconds, or GREEN_FOREVER
 * 0: woken, perhaps spuriously; -ETIMEDOUT; -EINTR: the caller is being
 * cancelled, or a handler ran and `counts` is false.  Outside the scheduler.
 */
int green_cond_wait(uint32_t *signals, bool counts, void (*unlock)(void *),
		    void *mutex, uint64_t deadline_ns);

/* As green_futex_wait(), but -ENOTSUP if strangers may have to wake the caller:
 * it must wait in the kernel then. */
int futex_wait_known(const uint32_t *addr, uint32_t expected,
		     uint64_t deadline_ns, uint32_t bitset);

/*
 * Called before a stranger starts, that is a thread that greenshim does not
 * spawn and that makes system calls by its own instructions: waits of
 * futex_wait_known() return -ENOTSUP from here on, and those in the table are
 * woken.  Outside the scheduler.
 */
void futex_meet_strangers(void);

/* Has it been called?  Then an unknown thread may wake any futex. */
bool futex_met_strangers(void);

/* Wait until *ended is not 0, as green_futex_wait() does; the dump shows a
 * join. */
int futex_wait_ended(const _Atomic uint32_t *ended, uint64_t deadline_ns);

/* Wake the thread that joins f, which has exited; f->life is held.  For
 * rt_hooks.fiber_ended. */
void futex_wake_joiners(struct fiber *f);

/* Forget all waiters, in the child of a fork. */
void futex_fork_child(void);

#endif
