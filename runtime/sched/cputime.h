/* cputime.h - CPU time of fibers. */
#ifndef GREEN_CPUTIME_H
#define GREEN_CPUTIME_H

#include "base/state.h"

/*
 * The CPU time that f has used, in nanoseconds.  Counted from the first call
 * of this function on, for any fiber; the main fiber's also from before the
 * start of the runtime.  Outside the scheduler.
 */
uint64_t fiber_cputime(struct fiber *f);

/* True from the first call of fiber_cputime() on.  While it is true, every
 * switch calls the next two, inside the scheduler. */
extern _Atomic bool cputime_wanted HIDDEN;

/* A fiber is about to run on c, the caller, from the carrier's own context. */
void cputime_mounts(struct carrier *c);

/* f leaves c, the caller's carrier; the next fiber, if any, is mounted. */
void cputime_leaves(struct carrier *c, struct fiber *f);

/* The CPU time of f, the first fiber, is that of the calling kernel thread so
 * far. */
void cputime_start(struct fiber *f);

/* The CPU time of a kernel thread of this process, by its tid, in nanoseconds;
 * 0 if there is no such thread. */
uint64_t cputime_of_thread(int tid);

#endif
