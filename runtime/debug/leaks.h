/* leaks.h - what a leak sanitizer has to know (leaks.c). */
#ifndef GREEN_LEAKS_H
#define GREEN_LEAKS_H

/* If the process has a leak sanitizer, show it the fibers' memory at exit.  To
 * be called with the first thread; idempotent. */
void leaks_start(void);

#endif
