/*
 * ptrace.c - tracing another process.
 *
 * A tracee has one tracer: the kernel thread that attached to it, or that
 * forked the process which then called PTRACE_TRACEME.  The kernel accepts
 * requests from that kernel thread only, and detaches the tracee when the
 * kernel thread exits.  So a fiber that traces is pinned (runtime/sched/pin.c).
 * A wait for a child also ends when a tracee stops, which a pidfd does not
 * report: in a process that traces, waits for children take place in the
 * kernel.
 *
 * The child calls PTRACE_TRACEME after the fork, but the parent has to be
 * pinned before it.  The parent therefore assumes that the child will, if the
 * program imports ptrace() at all.
 */
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>

#include "door/module.h"
#include "ptrace.h"
#include "number/syscall_dispatch.h"

static _Atomic bool traces; /* the process traces, or may do so */
static bool traced_alone;   /* it did before it had several threads */

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

static int ptrace_scan_module(struct dl_phdr_info *info, size_t size,
			      void *unused)
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

	if (dl_iterate_phdr(ptrace_scan_module, NULL))
		traces = true;
	/* The tracer so far is the main kernel thread: the main fiber stays
	 * there. */
	if (traced_alone && f)
		fiber_pin(f);
}

void ptrace_before_fork(void)
{
	struct fiber *f;

	if (UNLIKELY(traces) && (f = rt_fiber()))
		fiber_pin(f);
}

bool ptrace_sees_stops(void)
{
	return traces;
}

/* Pin the calling fiber to the kernel thread that traces.  Returns 0 or
 * -EAGAIN. */
static int ptrace_begin(long request)
{
	struct fiber *f = rt_fiber();

	if (request == PTRACE_TRACEME)
		return 0;
	traces = true;
	if (!rt_started)
		traced_alone = true;
	return f ? fiber_pin(f) : 0;
}

INTERPOSE(long, ptrace, (enum __ptrace_request request, ...))
{
	va_list ap;
	pid_t pid;
	void *addr, *data;
	int r = ptrace_begin(request);

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
	int error = ptrace_begin(a[0]);

	*r = error < 0 ? as_errno(error) : PASS(nr, a[0], a[1], a[2], a[3]);
	return true;
}
