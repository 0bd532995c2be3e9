/* futex.h - the futex table; green.h has its plain operations. */
#ifndef GREEN_FUTEX_H
#define GREEN_FUTEX_H

#include "base/state.h"

/*
 * A condition's wait: get in line at *signals, call unlock(mutex), park.
 * counts  wakers add 1 to *signals before, so that the wait can go on after a
 *         handler
 * 0 woken, or maybe so; -ETIMEDOUT; -EINTR: cancelled, or a handler ran where
 * signals are not counted.
 */
int green_cond_wait(uint32_t *signals, bool counts, void (*unlock)(void *),
		    void *mutex, uint64_t deadline_ns);

/* As green_futex_wait(), but -ENOTSUP where strangers may have to end it. */
int futex_wait_known(const uint32_t *addr, uint32_t expected,
		     uint64_t deadline_ns, uint32_t bitset);
/* Before a thread starts that greenshim does not make and that makes system
 * calls by its own instructions: waits of the table that it may have to end
 * move to the kernel. */
void futex_meet_strangers(void);

/* green_futex_wait(ended, 0), counted as a join. */
int futex_wait_ended(const _Atomic uint32_t *ended, uint64_t deadline_ns);
/* The joiners of f, which has ended, wake. */
void futex_wake_joiners(struct fiber *f);
/* In the child of a fork nobody waits. */
void futex_fork_child(void);

#endif
