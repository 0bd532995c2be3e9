/*
 * pthread_sched.h - attributes of kernel threads by the tids that programs use
 * (sched.c).
 */
#ifndef GREEN_PTHREAD_SCHED_H
#define GREEN_PTHREAD_SCHED_H

#include <sched.h>

#include "interpose.h"

struct sched_attr; /* libc has it since 2.41 */

/*
 * The tid to pass to the kernel in order to read an attribute of the thread tid
 * (0: the caller).  Returns 0 for the calling fiber if it has no kernel thread
 * of its own.
 */
pid_t sched_asked(pid_t tid);

/*
 * The tid to pass to the kernel, in *kernel, in order to change an attribute of
 * the thread tid (0: the caller; what is no thread's stays as it is).  Makes a
 * kernel thread for a fiber that has none.  0, or -EAGAIN if that is not
 * possible.
 */
long sched_changed(pid_t tid, pid_t *kernel);

/* The same for the fiber f: the tid, or -EAGAIN. */
pid_t sched_changed_fiber(struct fiber *f);

/* True if the calling fiber has no kernel thread of its own (asked, from
 * sched_asked(), is 0) and already has what is to be set, so that it does not
 * need a kernel thread.  size: the bytes of set. */
bool sched_is_so(pid_t asked, int policy, const struct sched_param *param);
bool sched_has_cpus(pid_t asked, size_t size, const cpu_set_t *set);

#endif
