/*
 * signal_life.h - signals at the runtime's start, at fork, in the life of a
 * carrier and of a fiber: what process/ calls, and fills rt_hooks with.
 */
#ifndef GREEN_SIGNAL_LIFE_H
#define GREEN_SIGNAL_LIFE_H

#include "base/state.h"

/* ---- start, on the main thread ---- */

/* Does the program give the kernel signal stacks by calls that the runtime does
 * not see?  Asked before anything else is started. */
bool signal_stack_past_us(void);
/* Take over the dispositions and the main fiber's mask. */
void signal_start(void);
/* Wrap libc's handler of SIG_SETXID, which libc installs when it makes its
 * first thread. */
void signal_install_setxid(void);

/* ---- carriers, each on its own kernel thread ---- */

/* Before the carrier runs a fiber; a second call does no harm. */
void signal_carrier_start(struct carrier *c);
/* The carrier has no fiber to run: block nothing but signals_held. */
void signal_carrier_unblock(void);
/* All signals are blocked from here until the thread exits. */
void signal_carrier_end(struct carrier *c);

/* ---- fibers ---- */

/* f, the caller, exits: its pending signals go back to the process, or are
 * discarded. */
void signal_fiber_end(struct fiber *f);
/* f, the caller, has left the scheduler while a signal is queued for some
 * fiber.  See rt_hooks.left_scheduler. */
void signal_deferred(struct fiber *f);
/* f, the caller, was interrupted in a wait: run what is due.  Returns whether
 * the wait must end.  See rt_hooks.wait_interrupted. */
bool signal_wait_interrupted(struct fiber *f, bool restartable);

/* ---- the monitor, on its own thread ---- */

/* Dump if asked to, and find fibers for what trampolines have queued. */
void signal_monitor(void);

/* ---- the child of a fork, on its one thread ---- */

/* From here to signal_early_again() the trampoline only notes signals. */
void signal_child_begins(void);
/* Send the child the signals that were noted. */
void signal_early_again(void);
/* Make the kernel's dispositions, mask and signal stack those of f, which
 * forked, in a process without fibers; f NULL: not a fiber forked. */
void signal_fork_child(struct fiber *f);

#endif
