/* syscall_wait.h - syscall(2)'s calls that wait for no descriptor. */
#ifndef GREEN_SYSCALL_WAIT_H
#define GREEN_SYSCALL_WAIT_H

#include <stdbool.h>

/* Do call nr, if it is one of these: true, and the caller's result in *r. */
bool syscall_wait(long nr, const long a[6], long *r);

#endif
