/* Messages to the user, on stderr, without stdio: usable in every context. */
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
	static const uint64_t by_default[4]; /* the kernel's struct sigaction */
	static const uint64_t abort_bit = 1ull << (SIGABRT - 1);
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	/*
	 * abort() would take libc's locks.  The signal goes to this thread,
	 * unblocked and with its default action, and so ends the process here:
	 * a signal to the process could reach another thread only after the
	 * exit below, which writes no core dump.
	 */
	raw_syscall(SYS_rt_sigaction, SIGABRT, &by_default, 0, 8);
	raw_syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &abort_bit, 0, 8);
	raw_syscall(SYS_tgkill, raw_syscall(SYS_getpid),
		    raw_syscall(SYS_gettid), SIGABRT);
	raw_syscall(SYS_exit_group, 134);
	__builtin_unreachable();
}
