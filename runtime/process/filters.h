/* filters.h - seccomp filters that are there before the runtime starts. */
#ifndef GREEN_FILTERS_H
#define GREEN_FILTERS_H

#include "base/common.h"

struct sock_fprog;

/* Find out whether the program runs under filters, once.  When the library is
 * loaded, if the program is to have threads, for it may hide /proc later; else
 * filters_refuse() does it. */
void filters_inherited(void);

/* The only thread of the process installed a copy of this filter; it is kept.
 * Calls malloc. */
struct sock_fprog *filters_copy(const struct sock_fprog *filter);
void filters_add(struct sock_fprog *copy);

/* The name of a system call that the runtime needs and a filter refuses; NULL:
 * none.  Called by green_start(), before anything else is done. */
const char *filters_refuse(void);

#endif
