/* prctl.h - calls by number that concern one kernel thread (prctl.c). */
#ifndef GREEN_PRCTL_H
#define GREEN_PRCTL_H

#include <stdbool.h>

/* False: not one of them. */
bool prctl_call(long nr, const long a[6], long *r);
/* The same for those that name a process (prlimit.c). */
bool process_call(long nr, const long a[6], long *r);

#endif
