/* Signals: as the kernel delivers them, for now. */
#include "scheduler.h"

_Atomic uint32_t signal_any_deferred;

void signal_deferred(struct fiber *f)
{
	(void)f;
}

void signal_start(void)
{
}

void signal_carrier_start(struct carrier *c)
{
	uint64_t none = 0;

	(void)c;
	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
}

void signal_carrier_end(struct carrier *c)
{
	(void)c;
}

bool wait_interrupted(struct fiber *f, bool restartable)
{
	(void)f;
	return !restartable;
}

void fork_prepare(void)
{
}

void fork_parent(void)
{
}

void exec_prepare(void)
{
}

void exec_failed(void)
{
}
