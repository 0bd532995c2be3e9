/* The out-of-line part of scope.h: blocking signals in the kernel. */
#include "sched/scope.h"

void scope_block_signals(struct sched_scope *s)
{
	uint64_t all = ~0ull;

	s->blocked = true;
	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &s->mask, 8);
}

void scope_unblock_signals(struct sched_scope *s)
{
	raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &s->mask, NULL, 8);
}
