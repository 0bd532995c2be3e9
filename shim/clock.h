/* clock.h - the same calls by number (clock.c). */
#ifndef GREEN_CLOCK_H
#define GREEN_CLOCK_H

#include <stdbool.h>

/* False: not one of them. */
bool clock_call(long nr, const long a[6], long *r);

#endif
