/*
 * Faults that nobody handles: the process is to die of the signal at the
 * instruction that faulted, and a stack that overflowed is named before.
 */
#include "base/log.h"
#include "signal/faults.h"
#include "signal/sigstate.h"

static void report_overflow(struct fiber *f, uintptr_t at)
{
	uintptr_t low = (uintptr_t)f->stack_low;
	size_t guard = f->guard_size < 4096 ? 4096 : f->guard_size;

	if (!low || (f->own_stack && !f->main))
		return;
	/* The main stack's end depends on the size of what lies above it. */
	if (f->main)
		guard = 1 << 20;
	if (at >= low + (f->main ? 65536 : 0) || at < low - guard)
		return;
	rt_say("stack overflow in thread %s (%d): address %#lx, stack "
	       "%#lx-%#lx (%s)",
	       f->name, f->tid, (unsigned long)at, (unsigned long)low,
	       (unsigned long)(low + f->stack_size),
	       f->main ? "raise ulimit -s"
		       : "raise --stack, or the size that the program sets");
}

void signal_die_of_fault(int sig, struct fiber *f, siginfo_t *info)
{
	struct action dfl = { (void *)SIG_DFL, SA_RESTORER, arch_sigreturn, 0 };

	if (f && sig == SIGSEGV)
		report_overflow(f, (uintptr_t)info->si_addr);
	raw_syscall(SYS_rt_sigaction, sig, &dfl, 0, 8);
	if (sig == SIGTRAP || sig == SIGSYS) /* the instruction is done */
		raw_syscall(SYS_tgkill, raw_syscall(SYS_getpid),
			    raw_syscall(SYS_gettid), sig);
}
