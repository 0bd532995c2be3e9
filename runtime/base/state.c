/* State of the whole process. */
#include <sched.h>
#include <signal.h>
#include <sys/single_threaded.h>

#include "base/state.h"

struct rt rt;
bool rt_started;
__thread int rt_vforked;
__thread struct fiber *green_self;
__thread struct carrier *rt_carrier;
struct rt_config rt_config = { .dump_signal = SIGUSR2 };
long tcb_tid_offset;
_Atomic int rt_forking;

int rt_cpus(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	raw_syscall(SYS_sched_getaffinity, 0, sizeof(set), &set);
	return CPU_COUNT(&set) < 1 ? 1 : CPU_COUNT(&set);
}

bool rt_is_alien(void)
{
	if (LIKELY(__libc_single_threaded) || green_self || rt_carrier ||
	    rt_vforked)
		return false;
	return rt_tid() != (rt.pid ? rt.pid : raw_syscall(SYS_getpid));
}

void rt_new_peak(_Atomic int *peak, int now)
{
	int old = *peak;

	while (now > old && !atomic_compare_exchange_weak(peak, &old, now))
		;
}

bool rt_unready_child_slow(void)
{
	return rt_started && !rt_vforked && raw_syscall(SYS_getpid) != rt.pid;
}
