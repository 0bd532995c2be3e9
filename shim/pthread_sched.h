/*
 * pthread_sched.h - the attributes of kernel threads, as programs name these.
 */
#ifndef GREEN_PTHREAD_SCHED_H
#define GREEN_PTHREAD_SCHED_H

#include <sched.h>

#include "interpose.h"

/*
 * The kernel's number of the thread that a program calls `tid` (0: itself), to
 * be asked about: 0 for a fiber that has none of its own.
 */
pid_t sched_asked(pid_t tid);

/*
 * The same, to be changed: makes a kernel thread for a fiber that has none.
 * -EAGAIN.
 */
pid_t sched_changed(pid_t tid);

/* For a fiber that is known. */
pid_t sched_changed_fiber(struct fiber *f);

/* A change that a fiber without a kernel thread of its own need not make. */
bool sched_is_so(pid_t asked, int policy, const struct sched_param *param);
bool sched_has_cpus(pid_t asked, size_t size, const cpu_set_t *set);

#endif
