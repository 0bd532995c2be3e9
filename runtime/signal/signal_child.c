/*
 * Signals in the child of a fork, a process without fibers: they are the
 * kernel's business again, until the runtime starts there.
 */
#include "signal/sigstate.h"

/* The table's and the queues' locks may have been held by threads that are not
 * here. */
static void forget_parent(void)
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

	forget_parent();
	signal_table_stop();
	if (f) {
		memset(&f->sigqueue, 0, sizeof(f->sigqueue));
		f->sigwait = 0;
		mask = f->sigmask;
		/* No code runs on the carrier's: handlers are moved away. */
		raw_syscall(SYS_sigaltstack, &f->altstack, 0);
	}
	signals_held = 0;
	signal_early_again();
	kernel_mask(mask);
}
