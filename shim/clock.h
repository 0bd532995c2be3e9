/* clock.h - calls by number that concern CPU-time clocks (clock.c). */
#ifndef GREEN_CLOCK_H
#define GREEN_CLOCK_H

#include <stdbool.h>

/* Make the call nr (clock_gettime of a CPU-time clock, getrusage) with the
 * arguments a.  Returns false if it is another call; else *r is the result as
 * syscall(2) returns it, with errno set. */
bool clock_call(long nr, const long a[6], long *r);

#endif
