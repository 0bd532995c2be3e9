/*
 * prlimit.c - calls on a process, for which the kernel accepts the tid of any
 * thread of the process.  A fiber's tid is replaced by the pid.
 */
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include "number/syscall_dispatch.h"

INTERPOSE(int, prlimit,
	  (pid_t pid, __rlimit_resource_t what, const struct rlimit *set,
	   struct rlimit *old))
{
	return (int)PASS(SYS_prlimit64, fiber_process_of(pid), what, set, old);
}

INTERPOSE(int, prlimit64,
	  (pid_t pid, __rlimit_resource_t what, const struct rlimit64 *set,
	   struct rlimit64 *old))
{
	return (int)PASS(SYS_prlimit64, fiber_process_of(pid), what, set, old);
}

INTERPOSE(pid_t, getpgid, (pid_t pid))
{
	return (pid_t)PASS(SYS_getpgid, fiber_process_of(pid));
}
INTERPOSE_ALIAS(__getpgid, getpgid)

INTERPOSE(pid_t, getsid, (pid_t pid))
{
	return (pid_t)PASS(SYS_getsid, fiber_process_of(pid));
}

INTERPOSE(ssize_t, process_vm_readv,
	  (pid_t pid, const struct iovec *to, unsigned long n,
	   const struct iovec *from, unsigned long m, unsigned long flags))
{
	return PASS(SYS_process_vm_readv, fiber_process_of(pid), to, n, from, m,
		    flags);
}

INTERPOSE(ssize_t, process_vm_writev,
	  (pid_t pid, const struct iovec *from, unsigned long n,
	   const struct iovec *to, unsigned long m, unsigned long flags))
{
	return PASS(SYS_process_vm_writev, fiber_process_of(pid), from, n, to,
		    m, flags);
}

/* ---- by number: syscall(2) ---- */

BY_NUMBER(process_of)
{
	*r = PASS(nr, fiber_process_of((int)a[0]), a[1], a[2], a[3], a[4],
		  a[5]);
	return true;
}

BY_NUMBER(kcmp)
{
	*r = PASS(nr, fiber_process_of((int)a[0]), fiber_process_of((int)a[1]),
		  a[2], a[3], a[4]);
	return true;
}
