/*
 * syscall_signal.c - signal calls by number.
 */
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sigset.h"
#include "number/syscall_dispatch.h"

static long set_action(const long a[6])
{
	const struct action *act = (const struct action *)a[1];
	struct action *old = (struct action *)a[2];

	if ((act && bad_pointer(act)) || (old && bad_pointer(old)))
		return -EFAULT;
	return signal_action((int)a[0], act, old);
}

static long wait_for(const long a[6])
{
	const struct timespec *timeout = (const struct timespec *)a[2];
	const uint64_t *set = (const uint64_t *)a[0];
	siginfo_t *out = (siginfo_t *)a[1], info;
	long r;

	if (bad_pointer(set) || (timeout && bad_pointer(timeout)) ||
	    (out && bad_pointer(out)))
		return -EFAULT;
	if (timeout && !timespec_valid(timeout))
		return -EINVAL;
	r = signal_wait(*set & ~LIBC_SIGNALS, &info, wait_deadline(timeout));
	if (r > 0 && out)
		*out = info;
	return r;
}

static long suspend(const long a[6])
{
	const uint64_t *set = (const uint64_t *)a[0];

	return bad_pointer(set) ? -EFAULT : signal_suspend(set);
}

static long pending(const long a[6])
{
	uint64_t bits;
	long r = signal_pending(&bits);

	if (r == 0 && bad_pointer((void *)a[0]))
		return -EFAULT;
	if (r == 0)
		memcpy((void *)a[0], &bits, (size_t)a[1]);
	return r;
}

static long queue_to_thread(const long a[6])
{
	struct fiber *f = a[0] == raw_syscall(SYS_getpid)
				  ? fiber_by_tid((int)a[1])
				  : NULL;

	if (!f || bad_pointer((void *)a[3]) || a[2] < 1 || a[2] > SIGNAL_MAX)
		return raw_syscall(SYS_rt_tgsigqueueinfo, a[0], a[1], a[2],
				   a[3]);
	return signal_send(f, (int)a[2], (siginfo_t *)a[3]);
}

BY_NUMBER(tkill)
{
	*r = as_errno(signal_tgkill(-1, (int)a[0], (int)a[1]));
	return true;
}

BY_NUMBER(tgkill)
{
	*r = as_errno(signal_tgkill((int)a[0], (int)a[1], (int)a[2]));
	return true;
}

BY_NUMBER(rt_sigqueueinfo)
{
	siginfo_t *info = (siginfo_t *)a[2];

	if (bad_pointer(info))
		return false;
	*r = as_errno(signal_kill((pid_t)a[0], (int)a[1], info));
	return true;
}

BY_NUMBER(rt_tgsigqueueinfo)
{
	*r = as_errno(queue_to_thread(a));
	return true;
}

BY_NUMBER(rt_sigprocmask)
{
	if (a[3] != KERNEL_SIGSET_SIZE)
		return false;
	*r = as_errno(
		signal_mask((int)a[0], (uint64_t *)a[1], (uint64_t *)a[2]));
	return true;
}

BY_NUMBER(rt_sigaction)
{
	if (a[3] != KERNEL_SIGSET_SIZE)
		return false;
	*r = as_errno(set_action(a));
	return true;
}

/* The kernel accepts a size smaller than its own here, and fills that much. */
BY_NUMBER(rt_sigpending)
{
	if ((size_t)a[1] > KERNEL_SIGSET_SIZE)
		return false;
	*r = as_errno(pending(a));
	return true;
}

BY_NUMBER(rt_sigtimedwait)
{
	if (a[3] != KERNEL_SIGSET_SIZE)
		return false;
	*r = as_errno(wait_for(a));
	return true;
}

BY_NUMBER(rt_sigsuspend)
{
	if (a[1] != KERNEL_SIGSET_SIZE)
		return false;
	*r = as_errno(suspend(a));
	return true;
}

/* Only a timer that signals one thread concerns the runtime.  libc keeps the
 * kernel's timer id in its timer_t. */
BY_NUMBER(timer_create)
{
	struct sigevent *event = (struct sigevent *)a[1];
	int *id = (int *)a[2];
	timer_t timer;

	if (!event || bad_pointer(event) ||
	    event->sigev_notify != SIGEV_THREAD_ID || bad_pointer(id))
		return false;
	*r = timer_create((clockid_t)a[0], event, &timer);
	if (*r == 0)
		*id = (int)(intptr_t)timer;
	return true;
}
