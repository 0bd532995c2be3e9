/*
 * prctl.c - calls that change attributes of the calling kernel thread alone:
 * its namespaces, capabilities, filters, credentials.
 *
 * A fiber that makes such a call is pinned to a kernel thread of its own for
 * the rest of its life (runtime/sched/pin.c).  libc's setuid() and its like
 * need no interposer: libc changes all threads that it made, which the carriers
 * are.
 */
#include <sched.h>
#include <stdarg.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sys/fsuid.h>
#include <sys/io.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "pthread_sched.h"
#include "number/syscall_dispatch.h"

/* Pin the calling fiber, and make the call on its own kernel thread. */
#define PINNED(...)                                                            \
	({                                                                     \
		struct fiber *f_ = rt_fiber();                                 \
		int pinned_ = f_ ? fiber_pin(f_) : 0;                          \
                                                                               \
		pinned_ < 0 ? as_errno(pinned_) : PASS(__VA_ARGS__);           \
	})

INTERPOSE(int, unshare, (int flags))
{
	return (int)PINNED(SYS_unshare, flags);
}

INTERPOSE(int, setns, (int fd, int type))
{
	return (int)PINNED(SYS_setns, fd, type);
}

/* capset(2), capget(2): the header names one thread. */
static long capability_call(long nr, cap_user_header_t header, void *data)
{
	struct __user_cap_header_struct named;
	struct fiber *f = rt_fiber();
	long r;

	if (!f || USER_GET(&named, header) < 0)
		return raw_syscall(nr, header, data);
	if (nr == SYS_capget) {
		named.pid = sched_asked(named.pid);
	} else {
		if (named.pid == fiber_tid(f))
			named.pid = 0;
		r = fiber_pin(f);
		if (r < 0)
			return r;
	}
	r = raw_syscall(nr, &named, data);
	/* capget(2): on a version that the kernel does not know, the kernel
	 * stores the one that it prefers. */
	if (USER_PUT(&header->version, &named.version) < 0)
		return -EFAULT;
	return r;
}

INTERPOSE(int, capset, (cap_user_header_t header, const cap_user_data_t data))
{
	return (int)as_errno(capability_call(SYS_capset, header, data));
}

INTERPOSE(int, capget, (cap_user_header_t header, cap_user_data_t data))
{
	return (int)as_errno(capability_call(SYS_capget, header, data));
}

INTERPOSE(int, iopl, (int level))
{
	return (int)PINNED(SYS_iopl, level);
}

INTERPOSE(int, ioperm, (unsigned long from, unsigned long n, int on))
{
	return (int)PINNED(SYS_ioperm, from, n, on);
}

/* setfsuid(2), setfsgid(2): return the previous ID even if they change
 * nothing. */
INTERPOSE(int, setfsuid, (uid_t user))
{
	return (int)PINNED(SYS_setfsuid, user);
}

INTERPOSE(int, setfsgid, (gid_t group))
{
	return (int)PINNED(SYS_setfsgid, group);
}

INTERPOSE(int, personality, (unsigned long persona))
{
	if (persona == 0xffffffff) /* personality(2): only reads */
		return (int)PASS(SYS_personality, persona);
	return (int)PINNED(SYS_personality, persona);
}

/* PR_SET_SYSCALL_USER_DISPATCH.  The raw door uses it, and a thread can have it
 * only once: with the raw door open the program gets EINVAL, as from a kernel
 * without it. */
#define SYSCALL_USER_DISPATCH 59
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE 62
#endif

static bool changes_thread(int option)
{
	switch (option) {
	case PR_SET_KEEPCAPS:
	case PR_SET_SECCOMP:
	case PR_CAPBSET_DROP:
	case PR_SET_TSC:
	case PR_SET_SECUREBITS:
	case PR_SET_TIMERSLACK:
	case PR_MCE_KILL:
	case PR_SET_NO_NEW_PRIVS:
	case PR_CAP_AMBIENT:
	case PR_SET_SPECULATION_CTRL:
	case PR_SET_IO_FLUSHER:
	case PR_SET_PDEATHSIG:
	case PR_TASK_PERF_EVENTS_DISABLE:
	case PR_TASK_PERF_EVENTS_ENABLE:
	case PR_SCHED_CORE:
	case SYSCALL_USER_DISPATCH:
		return true;
	default:
		return false;
	}
}

/* prctl(2), PR_SET_NAME: the kernel truncates a name to 15 bytes and a NUL. */
static long set_name(struct fiber *f, const char *from)
{
	char name[16] = "";
	size_t i;

	for (i = 0; i < sizeof(name) - 1; i++) {
		if (USER_GET(&name[i], &from[i]) < 0)
			return -EFAULT;
		if (!name[i])
			break;
	}
	return fiber_set_name(f, name);
}

static long get_name(struct fiber *f, char *to)
{
	const char *name = fiber_name(f);
	char padded[16] = "";
	size_t i;

	for (i = 0; i < 15 && name[i]; i++)
		padded[i] = name[i];
	return user_copy(to, padded, sizeof(padded));
}

/* A new thread has no death signal, and a fiber that sets one is pinned, so ask
 * the kernel about pinned fibers only.  The main thread may have set its death
 * signal before the runtime started. */
static long get_death_signal(struct fiber *f, int *signal)
{
	int none = 0;

	if (fiber_kernel_tid(f) || fiber_is_main(f))
		return raw_syscall(SYS_prctl, PR_GET_PDEATHSIG, signal);
	return USER_PUT(signal, &none);
}

/* A filter that comes before the first thread: the start of the runtime asks
 * it.  The filter may refuse what a copy afterwards would need. */
static long install_filter(long nr, const long a[6])
{
	struct sock_fprog prog, *copy = NULL;
	long r;

	if (!rt_started && USER_GET(&prog, (void *)a[2]) == 0)
		copy = filters_copy(&prog);
	r = raw_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	/* A listener's descriptor, and not the tid of a thread that is not in
	 * step (TSYNC). */
	if (r >= 0 && copy)
		filters_add(copy);
	return r;
}

INTERPOSE(int, prctl, (int option, ...))
{
	struct fiber *f = rt_fiber();
	unsigned long a[4];
	va_list ap;
	int i;

	va_start(ap, option);
	for (i = 0; i < 4; i++)
		a[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (!f && option == PR_SET_SECCOMP && a[0] == SECCOMP_MODE_FILTER) {
		long b[6] = { option, (long)a[0], (long)a[1], 0, 0, 0 };

		return (int)as_errno(install_filter(SYS_prctl, b));
	}
	if (option == SYSCALL_USER_DISPATCH && rt_config.raw)
		return (int)as_errno(-EINVAL);
	if (f && option == PR_SET_NAME)
		return (int)as_errno(set_name(f, (const char *)a[0]));
	if (f && option == PR_GET_NAME)
		return (int)as_errno(get_name(f, (char *)a[0]));
	if (f && option == PR_GET_PDEATHSIG)
		return (int)as_errno(get_death_signal(f, (int *)a[0]));
	if (f && changes_thread(option))
		return (int)PINNED(SYS_prctl, option, a[0], a[1], a[2], a[3]);
	return (int)PASS(SYS_prctl, option, a[0], a[1], a[2], a[3]);
}

#define ARCH_SET_GS    0x1001
#define ARCH_SET_CPUID 0x1012

EXPORT int arch_prctl(int option, unsigned long value);
INTERPOSE(int, arch_prctl, (int option, unsigned long value))
{
	if (option == ARCH_SET_GS || option == ARCH_SET_CPUID)
		return (int)PINNED(SYS_arch_prctl, option, value);
	return (int)PASS(SYS_arch_prctl, option, value);
}
INTERPOSE_ALIAS(__arch_prctl, arch_prctl)

/* ---- by number: syscall(2) ---- */

/* A keyring in the credentials of one kernel thread: that of the thread, or
 * that of the process, which the thread installs at its first use. */
static bool is_own_keyring(long id)
{
	return (int)id == KEY_SPEC_THREAD_KEYRING ||
	       (int)id == KEY_SPEC_PROCESS_KEYRING;
}

static bool changes_keyrings(const long a[6])
{
	switch ((int)a[0]) {
	case KEYCTL_JOIN_SESSION_KEYRING:
	case KEYCTL_SET_REQKEY_KEYRING:
	case KEYCTL_ASSUME_AUTHORITY:
		return true;
	case KEYCTL_GET_KEYRING_ID:
		return a[2] && is_own_keyring(a[1]);
	default:
		return is_own_keyring(a[1]) || is_own_keyring(a[2]) ||
		       is_own_keyring(a[4]);
	}
}

/* What changes the calling thread whatever its arguments are. */
BY_NUMBER(pinned)
{
	*r = PINNED(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	return true;
}

BY_NUMBER(seccomp)
{
	if (rt_fiber())
		return by_number_pinned(nr, a, r);
	if (a[0] != SECCOMP_SET_MODE_FILTER)
		return false;
	*r = as_errno(install_filter(nr, a));
	return true;
}

BY_NUMBER(personality)
{
	return a[0] != 0xffffffff && by_number_pinned(nr, a, r);
}

BY_NUMBER(keyctl)
{
	return changes_keyrings(a) && by_number_pinned(nr, a, r);
}

BY_NUMBER(add_key)
{
	return is_own_keyring(a[4]) && by_number_pinned(nr, a, r);
}

BY_NUMBER(request_key)
{
	return is_own_keyring(a[3]) && by_number_pinned(nr, a, r);
}

BY_NUMBER(arch_prctl)
{
	*r = arch_prctl((int)a[0], (unsigned long)a[1]);
	return true;
}

BY_NUMBER(capability)
{
	*r = as_errno(
		capability_call(nr, (cap_user_header_t)a[0], (void *)a[1]));
	return true;
}

/* perf_event_open(2): a[1] is the tid to measure, 0 for the caller; with
 * PERF_FLAG_PID_CGROUP it is a descriptor. */
static long open_perf_event(const long a[6])
{
	pid_t tid = (pid_t)a[1];
	long r;

	if (tid >= 0 && !(a[4] & PERF_FLAG_PID_CGROUP)) {
		r = sched_changed(tid, &tid);
		if (r < 0)
			return r;
	}
	return raw_syscall(SYS_perf_event_open, a[0], tid, a[2], a[3], a[4]);
}

BY_NUMBER(perf_event_open)
{
	*r = as_errno(new_fd(open_perf_event(a), FD_UNKNOWN, false));
	return true;
}

/* The class and priority of a thread's I/O. */
static long ioprio_call(long nr, const long a[6])
{
	pid_t tid = (pid_t)a[1];
	long r = 0;

	if (a[0] == 1 /* IOPRIO_WHO_PROCESS */) {
		if (nr == SYS_ioprio_get)
			tid = sched_asked(tid);
		else
			r = sched_changed(tid, &tid);
		if (r < 0)
			return r;
	}
	return raw_syscall(nr, a[0], tid, a[2]);
}

BY_NUMBER(ioprio)
{
	*r = as_errno(ioprio_call(nr, a));
	return true;
}

/* pidfd_open(2) of a thread, with PIDFD_THREAD (Linux 6.9): the descriptor tells of its kernel thread's end.
 * Without the flag the kernel refuses the tid. */
static long open_pidfd(const long a[6])
{
	pid_t tid = (pid_t)a[0];
	long r = 0;

	if (tid > 0 && tid != getpid())
		r = sched_changed(tid, &tid);
	if (r < 0)
		return r;
	return new_fd(raw_syscall(SYS_pidfd_open, tid, a[1]), FD_UNKNOWN,
		      a[1] & O_NONBLOCK);
}

BY_NUMBER(pidfd_open)
{
	*r = as_errno(open_pidfd(a));
	return true;
}

/* libc's list, in the TCB of each thread. */
BY_NUMBER(get_robust_list)
{
	struct fiber *f = a[0] ? fiber_by_tid((int)a[0]) : rt_fiber();
	uintptr_t own = (uintptr_t)tcb_robust_list();
	size_t size = sizeof(struct robust_list_head);
	void *head;

	if (!f || own == arch_tls_base())
		return false;
	head = (void *)(fiber_id(f) + (own - arch_tls_base()));
	*r = USER_PUT((size_t *)a[2], &size);
	if (*r == 0)
		*r = USER_PUT((void **)a[1], &head);
	*r = as_errno(*r);
	return true;
}
