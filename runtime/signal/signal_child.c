/* Signals in the child of a fork, a process without fibers: the kernel handles
 * them until the runtime starts there. */
#include "signal/sigstate.h"

/* The locks of the table and of the queues may have been held by threads that
 * the child does not have. */
static void forget_signals(void)
{
	signal_lock_reset();
	queue_reset();
	signal_carriers_forget();
	signal_exec_failed();
	signal_timers_forget();
}

void signal_fork_child(struct fiber *f)
{
	uint64_t mask = kernel_mask(KERNEL_ALL);

	forget_signals();
	signal_table_stop();
	if (f) {
		memset(&f->sigqueue, 0, sizeof(f->sigqueue));
		f->sigwait = 0;
		mask = f->sigmask;
		/* Handlers are moved off the carrier's signal stack, so no code
		 * runs on it now. */
		raw_syscall(SYS_sigaltstack, &f->altstack, 0);
	}
	signals_held = 0;
	signal_early_again();
	kernel_mask(mask);
}
