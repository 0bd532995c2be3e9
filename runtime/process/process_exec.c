/* exec, posix_spawn and vfork: what another program inherits from the calling
 * fiber must be in the kernel before it starts. */
#include "io/descriptors.h"
#include "process/process_exec.h"
#include "sched/hop.h"
#include "signal/sigstate.h"

void exec_prepare(void)
{
	struct fiber *f = green_self;

	if (!rt_started || !f || rt_vforked)
		return;
	signal_ignored_for_real(true);
	signal_exec_begins(f);
}

void exec_failed(void)
{
	if (!rt_started || !green_self || rt_vforked)
		return;
	signal_exec_failed();
	kernel_mask_held();
	signal_ignored_for_real(false);
}

void kernel_thread_stays(void)
{
	if (green_self && !rt_vforked)
		green_self->carrier->parent = true;
}

void spawn_enter(void)
{
	struct fiber *f = rt_fiber();

	if (!f)
		return;
	hop_enter();
	/* libc's locks that are taken from here on are waited for in the
	 * kernel.  The hub is still here if hop_enter() found no carrier. */
	f->spawning = true;
	f->carrier->parent = true;
	f->spawn_hub = sched_enter(f);
	signal_ignored_for_real(true);
	kernel_mask(f->sigmask);
}

void spawn_leave(void)
{
	struct fiber *f = green_self;

	if (!f || !f->spawning || rt_vforked)
		return;
	f->spawning = false;
	kernel_mask_held();
	signal_ignored_for_real(false);
	sched_leave(f, f->spawn_hub);
	hop_leave();
}

/*
 * The child uses the fiber's stack and TCB, while the fiber is inside the
 * scheduler on a carrier of its own.  The child runs on that carrier, too: it
 * asks the kernel for everything, as code outside of fibers does.
 */
uint64_t vfork_enter(void)
{
	uint64_t mask;

	spawn_enter();
	mask = kernel_mask(KERNEL_ALL);
	rt_vforked++;
	return mask;
}

void vfork_child(uint64_t mask)
{
	kernel_mask(mask);
}

void vfork_leave(bool made, uint64_t mask)
{
	if (made)
		fdtab_forked();
	rt_vforked--;
	kernel_mask(mask);
	if (!rt_vforked)
		spawn_leave();
}
