/*
 * pthread_create.c - threads: create, join, detach, exit.
 *
 * A pthread_t is the address of the fiber's TCB, as in glibc, so that
 * pthread_self() and pthread_equal() need no interposer.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <threads.h>

#include "door/startup.h"
#include "interpose.h"
#include "pthread_sched.h"
#include "ptrace.h"

/* Convert attr (NULL: the defaults) to the runtime's form.  *mask is the signal
 * mask in attr if *has_mask.  Returns 0. */
static int attr_decode(const pthread_attr_t *attr, struct green_attr *out,
		       sigset_t *mask, bool *has_mask)
{
	int detach = 0;
	void *low;
	size_t size, guard;

	memset(out, 0, sizeof(*out));
	*has_mask = false;
	if (!attr)
		return 0;
	if (pthread_attr_getsigmask_np(attr, mask) == 0)
		*has_mask = true;
	pthread_attr_getdetachstate(attr, &detach);
	out->detached = detach == PTHREAD_CREATE_DETACHED;
	if (pthread_attr_getguardsize(attr, &guard) == 0) {
		out->guard_size = guard;
		out->no_guard = guard == 0;
	}
	/* If no stack was set, libc returns the address 0 - size. */
	if (pthread_attr_getstack(attr, &low, &size) == 0 && low &&
	    (uintptr_t)low + size > size && size) {
		out->stack = low;
		out->stack_size = size;
		out->guard_size = 0;
		return 0;
	}
	if (pthread_attr_getstacksize(attr, &size) == 0)
		out->stack_size = size;
	return 0;
}

/* True if attr asks for CPUs other than the caller's.  libc returns the set of
 * all CPUs if none was set. */
static bool attr_has_cpus(const pthread_attr_t *attr, cpu_set_t *set)
{
	const uint8_t *byte = (const uint8_t *)set;
	size_t i;

	if (pthread_attr_getaffinity_np(attr, sizeof(*set), set))
		return false;
	for (i = 0; i < sizeof(*set); i++)
		if (byte[i] != 0xff)
			return !sched_has_cpus(0, sizeof(*set), set);
	return false;
}

/* Make a kernel thread with the CPUs and the policy of attr, in *pinned, if
 * they differ from the caller's.  Returns 0 or -errno. */
static int attr_pin(const pthread_attr_t *attr, struct carrier **pinned)
{
	struct sched_param param;
	int inherits, policy, tid;
	bool cpus, sched = false;
	cpu_set_t set;
	long r = 0;

	CPU_ZERO(&set);
	cpus = attr_has_cpus(attr, &set);
	if (pthread_attr_getinheritsched(attr, &inherits) == 0 &&
	    inherits == PTHREAD_EXPLICIT_SCHED &&
	    pthread_attr_getschedpolicy(attr, &policy) == 0 &&
	    pthread_attr_getschedparam(attr, &param) == 0)
		sched = !sched_is_so(0, policy, &param);
	if (!cpus && !sched)
		return 0;
	*pinned = pin_make();
	if (!*pinned)
		return -EAGAIN;
	tid = pin_carrier_tid(*pinned);
	if (cpus)
		r = raw_syscall(SYS_sched_setaffinity, tid, sizeof(set), &set);
	if (r >= 0 && sched)
		r = raw_syscall(SYS_sched_setscheduler, tid, policy, &param);
	return r < 0 ? (int)r : 0;
}

static _Atomic bool defaults_changed;

/* libc keeps the defaults.  Note only that pthread_create() has to ask libc for
 * them from now on. */
INTERPOSE(int, pthread_setattr_default_np, (const pthread_attr_t *attr))
{
	int r = LIBC(pthread_setattr_default_np, "GLIBC_2.34")(attr);

	if (r == 0)
		defaults_changed = true;
	return r;
}

static int thread_create(pthread_t *id, const pthread_attr_t *attr,
			 void *(*start)(void *), void *arg)
{
	struct green_attr a;
	struct fiber *f;
	sigset_t mask;
	bool has_mask;
	struct carrier *pinned = NULL;
	int r;

	r = attr_decode(attr, &a, &mask, &has_mask);
	if (attr && r == 0)
		r = attr_pin(attr, &pinned);
	/* Without attributes, the runtime's default equals glibc's initial one:
	 * the stack size of ulimit -s. */
	if (attr && r == 0)
		r = green_spawn_masked(&f, &a, start, arg,
				       has_mask ? &mask : NULL, pinned, id);
	else if (r == 0)
		r = green_spawn_masked(&f, NULL, start, arg, NULL, NULL, id);
	if (r < 0)
		pin_discard(pinned);
	return as_error(r);
}

INTERPOSE(int, pthread_create,
	  (pthread_t * id, const pthread_attr_t *attr, void *(*start)(void *),
	   void *arg))
{
	pthread_attr_t defaults;
	bool first = !rt_started;
	int r;

	/* If the runtime cannot start, the program runs natively. */
	if (UNLIKELY(first)) {
		shim_start();
		libc_symbols_find_all();
	}
	if (UNLIKELY(first) && green_start() < 0)
		return LIBC(pthread_create, "GLIBC_2.34")(id, attr, start, arg);
	if (LIKELY(attr || !defaults_changed)) {
		r = thread_create(id, attr, start, arg);
	} else {
		r = pthread_getattr_default_np(&defaults);
		if (r)
			return r;
		r = thread_create(id, &defaults, start, arg);
		pthread_attr_destroy(&defaults);
	}
	if (UNLIKELY(first))
		ptrace_threads_begin();
	return r;
}

static int thread_join(pthread_t id, void **result, uint64_t deadline_ns)
{
	struct fiber *f = fiber_of(id);
	int r;

	if (!f)
		return -ESRCH;
	for (;;) {
		cancel_test();
		r = green_join(f, result, deadline_ns);
		if (r != -EINTR)
			return r;
		cancel_test(); /* POSIX: pthread_join is never interrupted */
	}
}

INTERPOSE(int, pthread_join, (pthread_t id, void **result))
{
	if (!fiber_of(id))
		return LIBC(pthread_join, "GLIBC_2.34")(id, result);
	return as_error(thread_join(id, result, GREEN_FOREVER));
}

INTERPOSE(int, pthread_tryjoin_np, (pthread_t id, void **result))
{
	struct fiber *f;

	yield_to_spawned();
	f = fiber_of(id);
	if (!f)
		return LIBC(pthread_tryjoin_np, "GLIBC_2.34")(id, result);
	if (!fiber_has_ended(f))
		return EBUSY;
	return as_error(thread_join(id, result, 0));
}

INTERPOSE(int, pthread_clockjoin_np,
	  (pthread_t id, void **result, clockid_t clock,
	   const struct timespec *abstime))
{
	if (!fiber_of(id))
		return LIBC(pthread_clockjoin_np, "GLIBC_2.34")(id, result,
								clock, abstime);
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return EINVAL;
	cancel_test();
	if (abstime && !timespec_valid(abstime) && abstime->tv_sec >= 0)
		return EINVAL;
	return as_error(thread_join(id, result, deadline_at(clock, abstime)));
}

INTERPOSE(int, pthread_timedjoin_np,
	  (pthread_t id, void **result, const struct timespec *abstime))
{
	return pthread_clockjoin_np(id, result, CLOCK_REALTIME, abstime);
}

INTERPOSE(int, pthread_detach, (pthread_t id))
{
	struct fiber *f = fiber_of(id);

	if (!f)
		return LIBC(pthread_detach, "GLIBC_2.34")(id);
	return as_error(green_detach(f));
}

INTERPOSE(void, pthread_exit, (void *result))
{
	struct fiber *f = green_self;

	if (f)
		fiber_set_result(f, result);
	exit_prepare(f);
	/* libc unwinds to the frame that the fiber's first function registered,
	 * and runs cleanup handlers and C++ destructors on the way. */
	LIBC(pthread_exit, "GLIBC_2.2.5")(result);
	__builtin_unreachable();
}

/* ---- C11 ---- */

/* thrd_start_t returns int, which is passed on in the void * result. */
struct c11_start {
	thrd_start_t fn;
	void *arg;
};

static void *c11_main(void *arg)
{
	struct c11_start s = *(struct c11_start *)arg;

	free(arg);
	return (void *)(intptr_t)s.fn(s.arg);
}

INTERPOSE(int, thrd_create, (thrd_t * id, thrd_start_t fn, void *arg))
{
	struct c11_start *s = malloc(sizeof(*s));
	int r;

	if (!s)
		return thrd_nomem;
	s->fn = fn;
	s->arg = arg;
	r = pthread_create((pthread_t *)id, NULL, c11_main, s);
	if (r == 0)
		return thrd_success;
	free(s);
	return r == EAGAIN || r == ENOMEM ? thrd_nomem : thrd_error;
}

INTERPOSE(int, thrd_join, (thrd_t id, int *result))
{
	void *value;

	if (pthread_join((pthread_t)id, &value) != 0)
		return thrd_error;
	if (result)
		*result = (int)(intptr_t)value;
	return thrd_success;
}

INTERPOSE(int, thrd_detach, (thrd_t id))
{
	return pthread_detach((pthread_t)id) ? thrd_error : thrd_success;
}

INTERPOSE(void, thrd_exit, (int result))
{
	pthread_exit((void *)(intptr_t)result);
}
