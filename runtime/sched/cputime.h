/* cputime.h - CPU time of fibers. */
#ifndef GREEN_CPUTIME_H
#define GREEN_CPUTIME_H

#include "base/state.h"

/* CPU time that f has used, in nanoseconds, counted from the first call of
 * this on (but for the main thread). */
uint64_t fiber_cputime(struct fiber *f);

extern _Atomic bool cputime_wanted HIDDEN; /* then of use: */
void cputime_mounts(struct carrier *c);
void cputime_leaves(struct carrier *c, struct fiber *f);
/* f had its kernel thread to itself so far. */
void cputime_start(struct fiber *f);
/* Of a kernel thread of ours, by its tid. */
uint64_t cputime_of_thread(int tid);

#endif
