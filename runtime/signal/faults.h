/* faults.h - faults that nobody handles. */
#ifndef GREEN_FAULTS_H
#define GREEN_FAULTS_H

#include <signal.h>

#include "base/state.h"

/* Make sig's default action the kernel's, which takes it when the faulting
 * instruction runs again.  f: the fiber that faulted, or NULL.  A SIGSEGV from
 * a guard page is reported as a stack overflow first.  [trampoline] */
void signal_die_of_fault(int sig, struct fiber *f, siginfo_t *info);

#endif
