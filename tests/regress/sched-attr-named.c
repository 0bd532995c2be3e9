/*
 * sched_setattr() and sched_getattr(), which libc has since 2.41, concern one
 * thread: a change by the name of the function once changed all.
 */
#include "lib.h"
#include <sched.h>
#include <sys/resource.h>

#if !__GLIBC_PREREQ(2, 41)
#define sched_getattr(tid, attr, size, flags)                                  \
	syscall(SYS_sched_getattr, tid, attr, size, flags)
#define sched_setattr(tid, attr, flags)                                        \
	syscall(SYS_sched_setattr, tid, attr, flags)
#endif

enum { SIZE = 48, NICE = 5 };

/* The kernel's first words: size, policy, flags (two), nice, priority. */
static uint32_t settings[SIZE / 4];
static pthread_barrier_t barrier;
static pid_t other;

static void *stays(void *argument)
{
	other = gettid();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	CHECK_INT(getpriority(PRIO_PROCESS, 0), 0);
	CHECK_INT(sched_getscheduler(0), SCHED_OTHER);
	return argument;
}

static void *changes(void *argument)
{
	void *attr = settings;

	CHECK_INT(sched_getattr(0, attr, SIZE, 0), 0);
	CHECK_INT(sched_getattr(gettid(), attr, SIZE, 0), 0);
	CHECK_INT(sched_getattr(other, attr, SIZE, 0), 0);
	CHECK_INT(settings[1], SCHED_OTHER);
	settings[1] = SCHED_BATCH;
	settings[4] = NICE;
	CHECK_INT(sched_setattr(0, attr, 0), 0);
	CHECK_INT(sched_getscheduler(0), SCHED_BATCH);
	CHECK_INT(getpriority(PRIO_PROCESS, 0), NICE);
	CHECK_ERRNO(sched_setattr(0, attr, UNSEEN(1)), EINVAL);
	pthread_barrier_wait(&barrier);
	return argument;
}

int main(void)
{
	pthread_t stay;

	pthread_barrier_init(&barrier, NULL, 2);
	stay = start(stays, NULL);
	pthread_barrier_wait(&barrier);
	join(start(changes, NULL));
	join(stay);
	CHECK_INT(getpriority(PRIO_PROCESS, 0), 0);
	ok("one thread's");
	return 0;
}
