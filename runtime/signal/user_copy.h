/*
 * user_copy.h - the program's memory, where a bad pointer is to give EFAULT.
 *
 * Natively the kernel looks at what a pointer of the program's points at.
 * Where the shim has to look first, it does so through these: they return 0,
 * or -EFAULT in place of a fault.  On a fiber that takes no system call.
 */
#ifndef GREEN_USER_COPY_H
#define GREEN_USER_COPY_H

#include "base/state.h"

/* Either may be the program's. */
long user_copy(void *to, const void *from, size_t n);
/* Can these bytes be read? */
bool user_can_read(const void *at, size_t n);

/* A whole object: *local from there, or to there. */
#define USER_GET(local, from) user_copy((local), (from), sizeof(*(local)))
#define USER_PUT(to, local)   user_copy((to), (local), sizeof(*(local)))

#endif
