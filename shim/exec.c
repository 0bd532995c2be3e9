/*
 * exec: the kernel ends every other thread and keeps the calling one's
 * signal mask, so the fiber's own mask must be the kernel thread's by then.
 * The runtime's descriptors are close-on-exec.
 */
#include <stdarg.h>
#include <unistd.h>

#include "interpose.h"

INTERPOSE(int, execve,
	  (const char *path, char *const argv[], char *const envp[]))
{
	long r;

	exec_prepare();
	r = raw_syscall(SYS_execve, path, argv, envp);
	exec_failed();
	return (int)as_errno(r);
}
