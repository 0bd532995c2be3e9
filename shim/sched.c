/*
 * sched.c - the CPU affinity, the scheduling policy and the nice value of one
 * thread.
 *
 * The kernel keeps these attributes for each kernel thread.  A fiber whose
 * attributes are changed, by itself or by another, is pinned to a kernel thread
 * of its own (runtime/sched/pin.c).  A fiber that only reads them, or sets the
 * values that it has, is not.
 */
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pthread_sched.h"
#include "number/syscall_dispatch.h"

enum { CPU_BYTES = 1024, ATTR_BYTES = 256 };

/* The fiber with this tid (0: the calling one); NULL if there is none. */
static struct fiber *fiber_named(pid_t tid)
{
	if (!rt_started)
		return NULL;
	return tid == 0 ? rt_fiber() : fiber_by_tid(tid);
}

pid_t sched_asked(pid_t tid)
{
	struct fiber *f = fiber_named(tid);
	pid_t own = f ? fiber_kernel_tid(f) : 0;

	if (!f || own)
		return f ? own : tid;
	/* As in other processes, the pid names the main kernel thread. */
	if (tid == getpid())
		return tid;
	/* Do not ask about the calling kernel thread for another fiber: the
	 * caller may be pinned, with attributes of its own. */
	return f == rt_fiber() ? 0 : pin_common_tid();
}

pid_t sched_changed_fiber(struct fiber *f)
{
	int r = fiber_pin(f);

	return r < 0 ? r : fiber_kernel_tid(f);
}

long sched_changed(pid_t tid, pid_t *kernel)
{
	struct fiber *f = fiber_named(tid);

	*kernel = tid;
	if (!f)
		return 0;
	tid = sched_changed_fiber(f);
	if (tid < 0)
		return tid;
	*kernel = tid;
	return 0;
}

bool sched_is_so(pid_t asked, int policy, const struct sched_param *param)
{
	struct sched_param now, want;

	return asked == 0 && rt_fiber() && USER_GET(&want, param) == 0 &&
	       raw_syscall(SYS_sched_getscheduler, 0) == policy &&
	       raw_syscall(SYS_sched_getparam, 0, &now) == 0 &&
	       now.sched_priority == want.sched_priority;
}

/* Bytes beyond the kernel's CPU mask count as 0. */
bool sched_has_cpus(pid_t asked, size_t size, const cpu_set_t *set)
{
	uint8_t now[CPU_BYTES], want[CPU_BYTES];

	if (asked != 0 || !rt_fiber() || size > CPU_BYTES)
		return false;
	memset(now, 0, sizeof(now));
	memset(want, 0, sizeof(want));
	return user_copy(want, set, size) == 0 &&
	       raw_syscall(SYS_sched_getaffinity, 0, sizeof(now), now) > 0 &&
	       !memcmp(now, want, sizeof(now));
}

/* True if the caller has the attributes attr already.  GLib sets the attributes
 * that sched_getattr(2) returns in each thread that it creates. */
static bool has_attr(const uint32_t *attr)
{
	uint32_t now[ATTR_BYTES / sizeof(uint32_t)];
	uint32_t want[ATTR_BYTES / sizeof(uint32_t)], size;

	if (USER_GET(&size, attr) < 0 ||
	    raw_syscall(SYS_sched_getattr, 0, now, sizeof(now), 0) < 0)
		return false;
	return size >= sizeof(*now) && size <= now[0] &&
	       user_copy(want, attr, size) == 0 &&
	       !memcmp(now + 1, want + 1, size - sizeof(*now));
}

static long set_attr(pid_t tid, const uint32_t *attr, unsigned flags)
{
	long r;

	if (!flags && sched_asked(tid) == 0 && rt_fiber() && has_attr(attr))
		return 0;
	r = sched_changed(tid, &tid);
	return r < 0 ? r : raw_syscall(SYS_sched_setattr, tid, attr, flags);
}

INTERPOSE(int, sched_setaffinity,
	  (pid_t tid, size_t size, const cpu_set_t *set))
{
	long r;

	if (sched_has_cpus(sched_asked(tid), size, set))
		return 0;
	r = sched_changed(tid, &tid);
	if (r < 0)
		return (int)as_errno(r);
	return (int)PASS(SYS_sched_setaffinity, tid, size, set);
}

INTERPOSE(int, sched_getaffinity, (pid_t tid, size_t size, cpu_set_t *set))
{
	long r = raw_syscall(SYS_sched_getaffinity, sched_asked(tid),
			     size < INT32_MAX ? size : INT32_MAX, set);

	if (r < 0)
		return (int)as_errno(r);
	memset((char *)set + r, 0, size - (size_t)r);
	return 0;
}

INTERPOSE(int, sched_setscheduler,
	  (pid_t tid, int policy, const struct sched_param *param))
{
	long r;

	if (param && sched_is_so(sched_asked(tid), policy, param))
		return 0;
	r = sched_changed(tid, &tid);
	if (r < 0)
		return (int)as_errno(r);
	return (int)PASS(SYS_sched_setscheduler, tid, policy, param);
}
INTERPOSE_ALIAS(__sched_setscheduler, sched_setscheduler)

INTERPOSE(int, sched_getscheduler, (pid_t tid))
{
	return (int)PASS(SYS_sched_getscheduler, sched_asked(tid));
}
INTERPOSE_ALIAS(__sched_getscheduler, sched_getscheduler)

INTERPOSE(int, sched_setparam, (pid_t tid, const struct sched_param *param))
{
	pid_t asked = sched_asked(tid);
	long r;

	if (param &&
	    sched_is_so(asked, (int)raw_syscall(SYS_sched_getscheduler, asked),
			param))
		return 0;
	r = sched_changed(tid, &tid);
	if (r < 0)
		return (int)as_errno(r);
	return (int)PASS(SYS_sched_setparam, tid, param);
}

INTERPOSE(int, sched_getparam, (pid_t tid, struct sched_param *param))
{
	return (int)PASS(SYS_sched_getparam, sched_asked(tid), param);
}
INTERPOSE_ALIAS(__sched_getparam, sched_getparam)

/* libc has these two since 2.41. */
INTERPOSE(int, sched_setattr,
	  (pid_t tid, struct sched_attr *attr, unsigned int flags))
{
	return (int)as_errno(set_attr(tid, (uint32_t *)attr, flags));
}

INTERPOSE(int, sched_getattr,
	  (pid_t tid, struct sched_attr *attr, unsigned int size,
	   unsigned int flags))
{
	return (int)PASS(SYS_sched_getattr, sched_asked(tid), attr, size,
			 flags);
}

INTERPOSE(int, sched_rr_get_interval, (pid_t tid, struct timespec *ts))
{
	return (int)PASS(SYS_sched_rr_get_interval, sched_asked(tid), ts);
}

/* ---- the nice value, which Linux has for each thread ---- */

/* As in libc: the kernel returns 40 to 1 for -20 to 19. */
INTERPOSE(int, getpriority, (__priority_which_t which, id_t who))
{
	long r;

	if (which == PRIO_PROCESS)
		who = (id_t)sched_asked((pid_t)who);
	r = raw_syscall(SYS_getpriority, which, who);
	return r < 0 ? (int)as_errno(r) : 20 - (int)r;
}

INTERPOSE(int, setpriority, (__priority_which_t which, id_t who, int value))
{
	pid_t tid;
	long r;

	if (which == PRIO_PROCESS) {
		tid = sched_asked((pid_t)who);
		if (tid == 0 && rt_fiber() &&
		    raw_syscall(SYS_getpriority, which, 0) == 20 - value)
			return 0;
		r = sched_changed((pid_t)who, &tid);
		if (r < 0)
			return (int)as_errno(r);
		who = (id_t)tid;
	}
	return (int)PASS(SYS_setpriority, which, who, value);
}

INTERPOSE(int, nice, (int add))
{
	int error = errno, now;

	errno = 0;
	now = getpriority(PRIO_PROCESS, 0);
	if (now == -1 && errno)
		return -1;
	if (add && setpriority(PRIO_PROCESS, 0, now + add) < 0) {
		if (errno == EACCES)
			errno = EPERM;
		return -1;
	}
	now = getpriority(PRIO_PROCESS, 0);
	if (now != -1 || errno == 0)
		errno = error;
	return now;
}

/* ---- by number: syscall(2) ---- */

/* Questions about the thread that the first argument names. */
BY_NUMBER(sched_asked)
{
	*r = PASS(nr, sched_asked((pid_t)a[0]), a[1], a[2], a[3]);
	return true;
}

BY_NUMBER(sched_setattr)
{
	*r = as_errno(set_attr((pid_t)a[0], (uint32_t *)a[1], (unsigned)a[2]));
	return true;
}

/* The kernel's answers are 1 to 40. */
BY_NUMBER(getpriority)
{
	long who = a[0] == PRIO_PROCESS ? sched_asked((pid_t)a[1]) : a[1];

	*r = PASS(nr, a[0], who);
	return true;
}
