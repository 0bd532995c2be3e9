/*
 * pthread_attr.c - attributes and names of threads that exist.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "interpose.h"

/* Attributes have no place for the policies that only Linux has; leave those
 * out. */
static int get_sched(pthread_t id, pthread_attr_t *attr)
{
	struct sched_param param;
	cpu_set_t set;
	int r, policy;

	r = pthread_getschedparam(id, &policy, &param);
	if (r == 0 && pthread_attr_setschedpolicy(attr, policy) == 0)
		pthread_attr_setschedparam(attr, &param);
	if (r == 0)
		r = pthread_getaffinity_np(id, sizeof(set), &set);
	if (r == 0)
		r = pthread_attr_setaffinity_np(attr, sizeof(set), &set);
	return r;
}

INTERPOSE(int, pthread_getattr_np, (pthread_t id, pthread_attr_t *attr))
{
	struct fiber *f = fiber_of(id), *forked = fiber_forked();
	size_t size, guard;
	void *low;
	int r;

	/* In the child of a fork: the one thread runs on a fiber's stack, which
	 * libc does not know. */
	if (!f && forked && fiber_id(forked) == id)
		f = forked;
	/* libc reads the bounds of the main stack from /proc/self/maps. */
	if (!f || fiber_is_main(f))
		return LIBC(pthread_getattr_np, "GLIBC_2.32")(id, attr);
	fiber_stack(f, &low, &size, &guard);
	r = pthread_attr_init(attr);
	if (r == 0)
		r = pthread_attr_setstack(attr, low, size);
	if (r == 0)
		r = pthread_attr_setguardsize(attr, guard);
	if (r == 0)
		pthread_attr_setdetachstate(attr,
					    fiber_is_detached(f)
						    ? PTHREAD_CREATE_DETACHED
						    : PTHREAD_CREATE_JOINABLE);
	if (r == 0)
		r = get_sched(id, attr);
	return r;
}

INTERPOSE(int, pthread_setname_np, (pthread_t id, const char *name))
{
	struct fiber *f = fiber_of(id);

	if (!f)
		return LIBC(pthread_setname_np, "GLIBC_2.34")(id, name);
	return as_error(fiber_set_name(f, name));
}

INTERPOSE(int, pthread_getname_np, (pthread_t id, char *name, size_t size))
{
	struct fiber *f = fiber_of(id);
	size_t n;

	if (!f)
		return LIBC(pthread_getname_np, "GLIBC_2.34")(id, name, size);
	if (size < 16) /* pthread_setname_np(3): room for the longest name */
		return ERANGE;
	n = strlen(fiber_name(f));
	memcpy(name, fiber_name(f), n + 1);
	return 0;
}
