/*
 * ptrace.c - tracing another process.
 *
 * The kernel obeys none but the kernel thread that attached to a process, or
 * that forked the one which then asked to be traced, and it lets go when that
 * thread ends.  So a fiber that traces has a kernel thread of its own
 * (runtime/wire.c).  And a wait for a child ends when one that is traced stops,
 * which no pidfd tells: in a process that traces, waits are the kernel's.
 *
 * PTRACE_TRACEME is called in the child, after the fork.  Its parent has to
 * know before, and goes by whether the program imports ptrace at all.
 */
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>

#include "module.h"
#include "ptrace.h"
#include "syscall_dispatch.h"

static _Atomic bool traces; /* or may */
static bool traced_alone;   /* before there were threads */

static bool imports_ptrace(const struct module *m, int table)
{
	const ElfW(Rela) *r = m->tables[table], *end;

	if (!r)
		return false;
	for (end = r + m->sizes[table] / sizeof(*r); r < end; r++)
		if (module_binds(r) && !strcmp(module_names(m, r), "ptrace"))
			return true;
	return false;
}

static int scan_module(struct dl_phdr_info *info, size_t size, void *unused)
{
	struct module m;

	(void)size;
	(void)unused;
	return module_read(&m, info) &&
	       (imports_ptrace(&m, 0) || imports_ptrace(&m, 1));
}

void ptrace_threads_begin(void)
{
	struct fiber *f = rt_fiber();

	if (dl_iterate_phdr(scan_module, NULL))
		traces = true;
	/* What it traces so far is the main kernel thread's. */
	if (traced_alone && f)
		fiber_wire(f);
}

void ptrace_before_fork(void)
{
	struct fiber *f;

	if (UNLIKELY(traces) && (f = rt_fiber()))
		fiber_wire(f);
}

bool ptrace_sees_stops(void)
{
	return traces;
}

/* On the kernel thread that is to trace: 0, -EAGAIN. */
static int begin(long request)
{
	struct fiber *f = rt_fiber();

	if (request == PTRACE_TRACEME)
		return 0;
	traces = true;
	if (!rt_started)
		traced_alone = true;
	return f ? fiber_wire(f) : 0;
}

INTERPOSE(long, ptrace, (enum __ptrace_request request, ...))
{
	va_list ap;
	pid_t pid;
	void *addr, *data;
	int r = begin(request);

	va_start(ap, request);
	pid = va_arg(ap, pid_t);
	addr = va_arg(ap, void *);
	data = va_arg(ap, void *);
	va_end(ap);
	return r < 0 ? as_errno(r)
		     : LIBC(ptrace, "GLIBC_2.2.5")(request, pid, addr, data);
}

/* libc's function returns what PTRACE_PEEKDATA reads; the kernel's call stores
 * it. */
BY_NUMBER(ptrace)
{
	int error = begin(a[0]);

	*r = error < 0 ? as_errno(error) : PASS(nr, a[0], a[1], a[2], a[3]);
	return true;
}
