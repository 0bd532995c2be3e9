/* frame.h - can a handler's frame be written to the program's signal stack? */
#ifndef GREEN_FRAME_H
#define GREEN_FRAME_H

#include <signal.h>

#include "base/state.h"

/* Is there memory below top for the copy of a signal's frame (its context, a
 * ucontext_t)?  [trampoline] */
bool signal_frame_fits(const char *top, const void *context);
/* There is not: the signal to handle in sig's place, with *info; does not
 * return where f cannot handle it.  [trampoline] */
int signal_without_frame(struct fiber *f, int sig, siginfo_t *info);

#endif
