/* syscall_futex.h - syscall(SYS_futex, ...), for syscall.c. */
#ifndef GREEN_SYSCALL_FUTEX_H
#define GREEN_SYSCALL_FUTEX_H

/* futex(2) with its six arguments as syscall() got them; -errno on failure. */
long syscall_futex(const long arg[6]);

#endif
