/*
 * syscall_dispatch.h - what syscall(2) and the raw door share: a call by its number
 * goes to the interposer that would handle it by its name.
 *
 * Each of these returns false where the number is none of its own, or where
 * the call is to go to the kernel as it is.  *r is as the interposers have
 * it: -1 and errno.
 */
#ifndef GREEN_SYSCALL_DISPATCH_H
#define GREEN_SYSCALL_DISPATCH_H

#include "descriptor.h"

bool syscall_dispatch(long nr, const long a[6], long *r);

bool syscall_transfer(long nr, const long a[6], long *r);
bool syscall_descriptor(long nr, const long a[6], long *r);
bool syscall_poll(long nr, const long a[6], long *r);
bool syscall_signal(long nr, const long a[6], long *r);
bool syscall_process(long nr, const long a[6], long *r);

/* What clone and its kin are asked for; UINT64_MAX: they will fail. */
uint64_t clone_flags(long nr, const long a[6]);

#endif
