/* Lines to a person, on stderr, without stdio: usable anywhere. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/common.h"
#include "base/log.h"

static void say(const char *fmt, va_list ap)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), "greenshim: ");
	int m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);

	if (m < 0)
		return;
	n += m;
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	raw_syscall(SYS_write, 2, line, n);
}

void rt_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void rt_panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	/* abort() would take libc's locks; the core dump is the same. */
	raw_syscall(SYS_kill, raw_syscall(SYS_getpid), SIGABRT);
	raw_syscall(SYS_exit_group, 134);
	__builtin_unreachable();
}
