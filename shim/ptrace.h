/* ptrace.h - processes that trace others (ptrace.c). */
#ifndef GREEN_PTRACE_H
#define GREEN_PTRACE_H

#include <stdbool.h>

/* Call after the program's first pthread_create(). */
void ptrace_threads_begin(void);
/* Call before a fork: the child may ask to be traced by the calling fiber. */
void ptrace_before_fork(void);
/* True if a wait for a child may end because a traced child has stopped. */
bool ptrace_sees_stops(void);

#endif
