/* prctl.h - calls by number that concern one kernel thread or one process. */
#ifndef GREEN_PRCTL_H
#define GREEN_PRCTL_H

#include <stdbool.h>

/* Make the call nr, which reads or changes attributes of one kernel thread,
 * with the arguments a (prctl.c).  Returns false if it is another call, or if
 * the caller is not a fiber; else *r is the result as syscall(2) returns it,
 * with errno set. */
bool prctl_call(long nr, const long a[6], long *r);
/* The same for calls whose arguments name a process (prlimit.c), from any
 * caller. */
bool process_call(long nr, const long a[6], long *r);

#endif
