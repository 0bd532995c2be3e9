/* ptrace.h - processes that trace others (ptrace.c). */
#ifndef GREEN_PTRACE_H
#define GREEN_PTRACE_H

#include <stdbool.h>

/* The program's first thread has just been made. */
void ptrace_threads_begin(void);
/* A fiber is about to fork: the child may ask to be traced by it. */
void ptrace_before_fork(void);
/* May waits for children end because one that is traced has stopped? */
bool ptrace_sees_stops(void);

#endif
