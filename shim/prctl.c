/*
 * prctl.c - what changes the kernel's state of the calling thread alone: its
 * namespaces, capabilities, filters, user.
 *
 * A fiber that makes such a call gets a kernel thread of its own for the rest
 * of its life (runtime/wire.c).  libc's setuid and kin are no such calls: they
 * change all threads of libc's, and these are the carriers.
 */
#include <sched.h>
#include <stdarg.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sys/fsuid.h>
#include <sys/io.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "descriptor.h"
#include "prctl.h"
#include "ptrace.h"
#include "pthread_sched.h"

/* Make the call on the fiber's own kernel thread. */
#define WIRED(...)                                                             \
	({                                                                     \
		struct fiber *f_ = rt_fiber();                                 \
		int wired_ = f_ ? fiber_wire(f_) : 0;                          \
                                                                               \
		wired_ < 0 ? as_errno(wired_) : PASS(__VA_ARGS__);             \
	})

INTERPOSE(int, unshare, (int flags))
{
	return (int)WIRED(SYS_unshare, flags);
}

INTERPOSE(int, setns, (int fd, int type))
{
	return (int)WIRED(SYS_setns, fd, type);
}

/* Capabilities are one thread's, which the header names. */
static long capability_call(long nr, cap_user_header_t header, void *data)
{
	struct __user_cap_header_struct named;
	struct fiber *f = rt_fiber();
	long r;

	if (!f || bad_pointer(header))
		return raw_syscall(nr, header, data);
	named = *header;
	if (nr == SYS_capget) {
		named.pid = sched_asked(named.pid);
	} else {
		if (named.pid == fiber_tid(f))
			named.pid = 0;
		r = fiber_wire(f);
		if (r < 0)
			return r;
	}
	r = raw_syscall(nr, &named, data);
	header->version = named.version; /* the kernel's own, if it was none */
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
	return (int)WIRED(SYS_iopl, level);
}

INTERPOSE(int, ioperm, (unsigned long from, unsigned long n, int on))
{
	return (int)WIRED(SYS_ioperm, from, n, on);
}

/* These return the one before, and change nothing when it is not allowed. */
INTERPOSE(int, setfsuid, (uid_t user))
{
	return (int)WIRED(SYS_setfsuid, user);
}

INTERPOSE(int, setfsgid, (gid_t group))
{
	return (int)WIRED(SYS_setfsgid, group);
}

INTERPOSE(int, personality, (unsigned long persona))
{
	if (persona == 0xffffffff) /* only asks */
		return (int)PASS(SYS_personality, persona);
	return (int)WIRED(SYS_personality, persona);
}

/* The raw door's own, which cannot be had twice: then it is as on a kernel
 * that has no such thing. */
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

/* The kernel copies 16 bytes, and cuts a longer name. */
static long set_name(struct fiber *f, const char *from)
{
	char name[16] = "";
	size_t i;

	for (i = 0; i < sizeof(name) - 1 && from[i]; i++)
		name[i] = from[i];
	return fiber_set_name(f, name);
}

static long get_name(struct fiber *f, char *to)
{
	const char *name = fiber_name(f);
	size_t i;

	for (i = 0; i < 15 && name[i]; i++)
		to[i] = name[i];
	for (; i < 16; i++)
		to[i] = '\0';
	return 0;
}

/* A new thread has none, and one that has set it has a kernel thread of its
 * own.  The main thread's may be older than the runtime. */
static long get_death_signal(struct fiber *f, int *signal)
{
	if (fiber_kernel_tid(f) || fiber_is_main(f) || bad_pointer(signal))
		return raw_syscall(SYS_prctl, PR_GET_PDEATHSIG, signal);
	*signal = 0;
	return 0;
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
	if (option == SYSCALL_USER_DISPATCH && rt_config.raw)
		return (int)as_errno(-EINVAL);
	if (f && option == PR_SET_NAME)
		return (int)as_errno(set_name(f, (const char *)a[0]));
	if (f && option == PR_GET_NAME)
		return (int)as_errno(get_name(f, (char *)a[0]));
	if (f && option == PR_GET_PDEATHSIG)
		return (int)as_errno(get_death_signal(f, (int *)a[0]));
	if (f && changes_thread(option))
		return (int)WIRED(SYS_prctl, option, a[0], a[1], a[2], a[3]);
	return (int)PASS(SYS_prctl, option, a[0], a[1], a[2], a[3]);
}

#define ARCH_SET_GS    0x1001
#define ARCH_SET_CPUID 0x1012

EXPORT int arch_prctl(int option, unsigned long value);
INTERPOSE(int, arch_prctl, (int option, unsigned long value))
{
	if (option == ARCH_SET_GS || option == ARCH_SET_CPUID)
		return (int)WIRED(SYS_arch_prctl, option, value);
	return (int)PASS(SYS_arch_prctl, option, value);
}
INTERPOSE_ALIAS(__arch_prctl, arch_prctl)

/* ---- by number: syscall(2) ---- */

/* A thread's keyring, or one that it installs for its process. */
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

/* libc has no such function, or one that changes all threads. */
static bool changes_caller(long nr, const long a[6])
{
	switch (nr) {
	case SYS_setuid:
	case SYS_setgid:
	case SYS_setreuid:
	case SYS_setregid:
	case SYS_setresuid:
	case SYS_setresgid:
	case SYS_setgroups:
	case SYS_seccomp:
	case SYS_set_mempolicy:
	case SYS_unshare:
	case SYS_setns:
	case SYS_setfsuid:
	case SYS_setfsgid:
#ifdef SYS_iopl
	case SYS_iopl:
	case SYS_ioperm:
#endif
		return true;
	case SYS_personality:
		return a[0] != 0xffffffff;
	case SYS_keyctl:
		return changes_keyrings(a);
	case SYS_add_key:
		return is_own_keyring(a[4]);
	case SYS_request_key:
		return is_own_keyring(a[3]);
	default:
		return false;
	}
}

/* Whom to count: 0 is the caller.  With a cgroup, it is a descriptor. */
static long open_perf_event(const long a[6])
{
	pid_t tid = (pid_t)a[1];

	if (tid >= 0 && !(a[4] & PERF_FLAG_PID_CGROUP)) {
		tid = sched_changed(tid);
		if (tid < 0)
			return tid;
	}
	return raw_syscall(SYS_perf_event_open, a[0], tid, a[2], a[3], a[4]);
}

/* The class and priority of a thread's I/O. */
static long ioprio_call(long nr, const long a[6])
{
	pid_t tid = (pid_t)a[1];

	if (a[0] == 1 /* IOPRIO_WHO_PROCESS */) {
		tid = nr == SYS_ioprio_get ? sched_asked(tid)
					   : sched_changed(tid);
		if (tid < 0)
			return tid;
	}
	return raw_syscall(nr, a[0], tid, a[2]);
}

/* Those whose first argument, or second, is a thread's number. */
static bool attribute_call(long nr, const long a[6], long *r)
{
	switch (nr) {
	case SYS_sched_setaffinity:
		*r = sched_setaffinity((pid_t)a[0], (size_t)a[1],
				       (cpu_set_t *)a[2]);
		return true;
	case SYS_sched_getaffinity: /* how many bytes it wrote */
		*r = PASS(nr, sched_asked((pid_t)a[0]), a[1], a[2]);
		return true;
	case SYS_sched_setscheduler:
		*r = sched_setscheduler((pid_t)a[0], (int)a[1],
					(struct sched_param *)a[2]);
		return true;
	case SYS_sched_setparam:
		*r = sched_setparam((pid_t)a[0], (struct sched_param *)a[1]);
		return true;
	case SYS_sched_getscheduler:
	case SYS_sched_getparam:
	case SYS_sched_rr_get_interval:
	case SYS_sched_getattr:
		*r = PASS(nr, sched_asked((pid_t)a[0]), a[1], a[2], a[3]);
		return true;
	case SYS_sched_setattr:
		*r = as_errno(sched_set_attr((pid_t)a[0], (uint32_t *)a[1],
					     (unsigned)a[2]));
		return true;
	case SYS_ioprio_get:
	case SYS_ioprio_set:
		*r = as_errno(ioprio_call(nr, a));
		return true;
	case SYS_setpriority:
		*r = setpriority((int)a[0], (id_t)a[1], (int)a[2]);
		return true;
	case SYS_getpriority:
		*r = PASS(nr, a[0],
			  a[0] == PRIO_PROCESS ? sched_asked((pid_t)a[1])
					       : a[1]);
		return true;
	default:
		return false;
	}
}

/* Those for which there are functions, and perf_event_open. */
static bool caller_call(long nr, const long a[6], long *r)
{
	switch (nr) {
	case SYS_prctl:
		*r = prctl((int)a[0], a[1], a[2], a[3], a[4]);
		return true;
	case SYS_ptrace:
		*r = ptrace_by_number(a);
		return true;
	case SYS_capget:
	case SYS_capset:
		*r = as_errno(capability_call(nr, (cap_user_header_t)a[0],
					      (void *)a[1]));
		return true;
	case SYS_arch_prctl:
		*r = arch_prctl((int)a[0], (unsigned long)a[1]);
		return true;
	case SYS_perf_event_open:
		*r = as_errno(new_fd(open_perf_event(a), FD_UNKNOWN, false));
		return true;
	default:
		return false;
	}
}

bool prctl_call(long nr, const long a[6], long *r)
{
	struct fiber *f = rt_fiber();

	if (!f)
		return false;
	if (attribute_call(nr, a, r))
		return true;
	if (caller_call(nr, a, r))
		return true;
	if (!changes_caller(nr, a))
		return false;
	*r = WIRED(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	return true;
}
