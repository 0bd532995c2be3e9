/*
 * exec.c - the exec family.
 *
 * The kernel ends all other threads.  The new program inherits the signal mask
 * and the pending signals of the calling kernel thread, so both have to be the
 * fiber's before the call.  The runtime's descriptors are close-on-exec.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "interpose.h"
#include "preload.h"

/* All functions of the family use EXEC.  call returns only if it fails. */
#define EXEC(call)                                                             \
	({                                                                     \
		int exec_r_;                                                   \
                                                                               \
		exec_prepare();                                                \
		exec_r_ = (call);                                              \
		exec_failed();                                                 \
		exec_r_;                                                       \
	})

INTERPOSE(int, execve,
	  (const char *path, char *const argv[], char *const envp[]))
{
	PRELOAD_LAST(envp);
	return (int)as_errno(
		EXEC((int)raw_syscall(SYS_execve, path, argv, envp)));
}

INTERPOSE(int, execv, (const char *path, char *const argv[]))
{
	return execve(path, argv, environ);
}

INTERPOSE(int, execvpe,
	  (const char *file, char *const argv[], char *const envp[]))
{
	PRELOAD_LAST(envp);
	return EXEC(LIBC(execvpe, "GLIBC_2.11")(file, argv, envp));
}

INTERPOSE(int, execvp, (const char *file, char *const argv[]))
{
	return execvpe(file, argv, environ);
}

INTERPOSE(int, fexecve, (int fd, char *const argv[], char *const envp[]))
{
	PRELOAD_LAST(envp);
	return EXEC(LIBC(fexecve, "GLIBC_2.2.5")(fd, argv, envp));
}

INTERPOSE(int, execveat,
	  (int dir, const char *path, char *const argv[], char *const envp[],
	   int flags))
{
	PRELOAD_LAST(envp);
	return (int)as_errno(EXEC(
		(int)raw_syscall(SYS_execveat, dir, path, argv, envp, flags)));
}

/* ---- arguments in a list ---- */

/* The number of arguments, with the one before the list and without the
 * NULL. */
static int exec_count_args(va_list ap)
{
	va_list again;
	int n = 1;

	va_copy(again, ap);
	while (va_arg(again, char *))
		n++;
	va_end(again);
	return n;
}

/* Fill argv, which has room for n + 1 pointers, with first and the list, up to
 * and including the NULL.  ap is behind the NULL afterwards. */
#define COLLECT(argv, first, n, ap)                                            \
	do {                                                                   \
		int i_;                                                        \
                                                                               \
		(argv)[0] = (char *)(first);                                   \
		for (i_ = 1; i_ <= (n); i_++)                                  \
			(argv)[i_] = va_arg(ap, char *);                       \
	} while (0)

INTERPOSE(int, execl, (const char *path, const char *arg, ...))
{
	va_list ap;
	int n;

	va_start(ap, arg);
	n = exec_count_args(ap);
	{
		char *argv[n + 1];

		COLLECT(argv, arg, n, ap);
		va_end(ap);
		return execve(path, argv, environ);
	}
}

INTERPOSE(int, execlp, (const char *file, const char *arg, ...))
{
	va_list ap;
	int n;

	va_start(ap, arg);
	n = exec_count_args(ap);
	{
		char *argv[n + 1];

		COLLECT(argv, arg, n, ap);
		va_end(ap);
		return execvpe(file, argv, environ);
	}
}

/* execl(3): envp follows the NULL of the list. */
INTERPOSE(int, execle, (const char *path, const char *arg, ...))
{
	va_list ap;
	int n;

	va_start(ap, arg);
	n = exec_count_args(ap);
	{
		char *argv[n + 1], **envp;

		COLLECT(argv, arg, n, ap);
		envp = va_arg(ap, char **);
		va_end(ap);
		return execve(path, argv, envp);
	}
}
