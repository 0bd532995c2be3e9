/*
 * The program's memory.  A fault in arch_copy() comes to our trampoline, which
 * knows the instruction (signal_trampoline()), while there are fibers.
 */
#include <errno.h>
#include <sys/uio.h>

#include "signal/user_copy.h"

/* Where the program has the fault's signal to itself, the kernel copies.  A
 * filter may forbid that call; then a bad pointer faults. */
static long copy_by_kernel(void *to, const void *from, size_t n)
{
	struct iovec local = { to, n }, remote = { (void *)from, n };
	long r = raw_syscall(SYS_process_vm_readv, raw_syscall(SYS_getpid),
			     &local, 1, &remote, 1, 0);

	if (r == (long)n)
		return 0;
	if (r >= 0 || r == -EFAULT)
		return -EFAULT;
	memcpy(to, from, n);
	return 0;
}

long user_copy(void *to, const void *from, size_t n)
{
	if (LIKELY(rt_started && rt_fiber() && !rt_vforked))
		return arch_copy(to, from, n);
	return copy_by_kernel(to, from, n);
}

bool user_can_read(const void *at, size_t n)
{
	char local[256];
	size_t part, done;

	for (done = 0; done < n; done += part) {
		part = n - done < sizeof(local) ? n - done : sizeof(local);
		if (user_copy(local, (const char *)at + done, part) < 0)
			return false;
	}
	return true;
}
