/*
 * pthread_sched.c - the attributes of sched.c, by pthread_t.
 *
 * libc keeps some of them in the TCB; for fibers the shim asks the kernel.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "pthread_sched.h"

static pid_t sched_kernel_tid(struct fiber *f)
{
	return fiber_kernel_tid(f);
}

/*
 * libc needs the policy in the TCB for mutexes with a priority ceiling.  libc
 * can handle a pinned fiber while that is the running one: the TCB has the tid
 * of the kernel thread meanwhile.
 */
#define BY_LIBC(call)                                                          \
	({                                                                     \
		int by_libc_;                                                  \
                                                                               \
		kernel_self_begin();                                           \
		by_libc_ = (call);                                             \
		kernel_self_end();                                             \
		by_libc_;                                                      \
	})

static bool is_libcs(struct fiber *f)
{
	/* A fiber that another fiber has just pinned may not have moved to its
	 * kernel thread yet. */
	return f == rt_fiber() &&
	       fiber_kernel_tid(f) == raw_syscall(SYS_gettid);
}

/* Another thread has changed the policy of f, the running fiber: have libc
 * store it in the TCB. */
static void tell_libc(struct fiber *f)
{
	struct sched_param param;
	int policy = (int)raw_syscall(SYS_sched_getscheduler, 0);

	if (policy >= 0 && raw_syscall(SYS_sched_getparam, 0, &param) == 0)
		BY_LIBC(LIBC(pthread_setschedparam,
			     "GLIBC_2.2.5")(fiber_id(f), policy, &param));
}

static int by_kernel(struct fiber *f, long r)
{
	fiber_reschedule(f);
	return as_error(r);
}

INTERPOSE(int, pthread_setaffinity_np,
	  (pthread_t id, size_t size, const cpu_set_t *set))
{
	struct fiber *f = fiber_of(id);
	pid_t tid;

	if (!f)
		return LIBC(pthread_setaffinity_np, "GLIBC_2.34")(id, size,
								  set);
	if (sched_has_cpus(sched_kernel_tid(f), size, set))
		return 0;
	tid = sched_changed_fiber(f);
	if (tid < 0)
		return as_error(tid);
	return as_error(raw_syscall(SYS_sched_setaffinity, tid, size, set));
}

INTERPOSE(int, pthread_getaffinity_np,
	  (pthread_t id, size_t size, cpu_set_t *set))
{
	struct fiber *f = fiber_of(id);
	long r;

	if (!f)
		return LIBC(pthread_getaffinity_np, "GLIBC_2.32")(id, size,
								  set);
	r = raw_syscall(SYS_sched_getaffinity, sched_kernel_tid(f),
			size < INT32_MAX ? size : INT32_MAX, set);
	if (r < 0)
		return as_error(r);
	memset((char *)set + r, 0, size - (size_t)r);
	return 0;
}

INTERPOSE(int, pthread_setschedparam,
	  (pthread_t id, int policy, const struct sched_param *param))
{
	struct fiber *f = fiber_of(id);
	pid_t tid;

	if (!f)
		return LIBC(pthread_setschedparam, "GLIBC_2.2.5")(id, policy,
								  param);
	if (sched_is_so(sched_kernel_tid(f), policy, param))
		return 0;
	tid = sched_changed_fiber(f);
	if (tid < 0)
		return as_error(tid);
	if (is_libcs(f))
		return BY_LIBC(LIBC(pthread_setschedparam,
				    "GLIBC_2.2.5")(id, policy, param));
	return by_kernel(f, raw_syscall(SYS_sched_setscheduler, tid, policy,
					param));
}

INTERPOSE(int, pthread_getschedparam,
	  (pthread_t id, int *policy, struct sched_param *param))
{
	struct fiber *f = fiber_of(id);
	long r;

	if (!f)
		return LIBC(pthread_getschedparam, "GLIBC_2.2.5")(id, policy,
								  param);
	if (is_libcs(f) && fiber_was_rescheduled(f))
		tell_libc(f);
	if (is_libcs(f))
		return BY_LIBC(LIBC(pthread_getschedparam,
				    "GLIBC_2.2.5")(id, policy, param));
	r = raw_syscall(SYS_sched_getscheduler, sched_kernel_tid(f));
	if (r < 0)
		return as_error(r);
	*policy = (int)r;
	return as_error(
		raw_syscall(SYS_sched_getparam, sched_kernel_tid(f), param));
}

INTERPOSE(int, pthread_setschedprio, (pthread_t id, int priority))
{
	struct sched_param param = { .sched_priority = priority };
	struct fiber *f = fiber_of(id);
	pid_t tid;

	if (!f)
		return LIBC(pthread_setschedprio, "GLIBC_2.34")(id, priority);
	if (sched_is_so(sched_kernel_tid(f),
			(int)raw_syscall(SYS_sched_getscheduler,
					 sched_kernel_tid(f)),
			&param))
		return 0;
	tid = sched_changed_fiber(f);
	if (tid < 0)
		return as_error(tid);
	if (is_libcs(f))
		return BY_LIBC(
			LIBC(pthread_setschedprio, "GLIBC_2.34")(id, priority));
	return by_kernel(f, raw_syscall(SYS_sched_setparam, tid, &param));
}
