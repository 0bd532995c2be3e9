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
	struct action act, old;
	long r;

	if (a[1] && USER_GET(&act, (const void *)a[1]) < 0)
		return -EFAULT;
	r = signal_action((int)a[0], a[1] ? &act : NULL, &old);
	return r == 0 && a[2] ? USER_PUT((void *)a[2], &old) : r;
}

static long change_mask(const long a[6])
{
	uint64_t set, old;
	long r;

	if (a[1] && USER_GET(&set, (const void *)a[1]) < 0)
		return -EFAULT;
	r = signal_mask((int)a[0], a[1] ? &set : NULL, &old);
	return r == 0 && a[2] ? USER_PUT((void *)a[2], &old) : r;
}

static long wait_for(const long a[6])
{
	struct timespec timeout;
	siginfo_t info;
	uint64_t set;
	long r;

	if (USER_GET(&set, (const void *)a[0]) < 0 ||
	    (a[2] && USER_GET(&timeout, (const void *)a[2]) < 0))
		return -EFAULT;
	if (a[2] && !timespec_valid(&timeout))
		return -EINVAL;
	r = signal_wait(set & ~LIBC_SIGNALS, &info,
			wait_deadline(a[2] ? &timeout : NULL));
	if (r > 0 && a[1] && USER_PUT((void *)a[1], &info) < 0)
		return -EFAULT;
	return r;
}

static long suspend(const long a[6])
{
	uint64_t set;

	if (USER_GET(&set, (const void *)a[0]) < 0)
		return -EFAULT;
	return signal_suspend(&set);
}

static long pending(const long a[6])
{
	uint64_t bits;
	long r = signal_pending(&bits);

	return r == 0 ? user_copy((void *)a[0], &bits, (size_t)a[1]) : r;
}

static long queue_to_thread(const long a[6])
{
	struct fiber *f = a[0] == raw_syscall(SYS_getpid)
				  ? fiber_by_tid((int)a[1])
				  : NULL;
	siginfo_t info;

	if (!f || a[2] < 1 || a[2] > SIGNAL_MAX)
		return raw_syscall(SYS_rt_tgsigqueueinfo, a[0], a[1], a[2],
				   a[3]);
	if (USER_GET(&info, (const void *)a[3]) < 0)
		return -EFAULT;
	return signal_send(f, (int)a[2], &info);
}

BY_NUMBER(tkill)
{
	*r = as_errno(signal_tgkill(-1, (int)a[0], (int)a[1]));
	return true;
}

BY_NUMBER(tgkill)
{
	*r = tgkill((pid_t)a[0], (pid_t)a[1], (int)a[2]);
	return true;
}

BY_NUMBER(rt_sigqueueinfo)
{
	siginfo_t info;

	if (USER_GET(&info, (const void *)a[2]) < 0)
		return false;
	*r = as_errno(signal_kill((pid_t)a[0], (int)a[1], &info));
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
	*r = as_errno(change_mask(a));
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

static long make_timer(const long a[6])
{
	long r = signal_timer_make();

	if (r < 0)
		return r;
	r = raw_syscall(SYS_timer_create, a[0], a[1], a[2]);
	if (r < 0)
		signal_timer_unmade();
	return r;
}

/* The kernel makes any timer that does not signal one thread.  Its timer ids
 * are what libc has in its timer_t. */
BY_NUMBER(timer_create)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGALRM };
	timer_t timer;
	int id;

	if (a[1] && USER_GET(&event, (const void *)a[1]) < 0)
		return false;
	if (event.sigev_notify != SIGEV_THREAD_ID) {
		signal_keep(bit_of(event.sigev_signo));
		*r = as_errno(make_timer(a));
		return true;
	}
	*r = timer_create((clockid_t)a[0], &event, &timer);
	id = (int)(intptr_t)timer;
	if (*r == 0 && USER_PUT((void *)a[2], &id) < 0) {
		timer_delete(timer);
		*r = as_errno(-EFAULT);
	}
	return true;
}
