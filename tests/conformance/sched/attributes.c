/*
 * sched_setattr(2) and ioprio_set(2), for which libc has no functions: by the
 * thread's own tid (GLib copies the first thread's settings to all others so),
 * by 0, and by another thread.
 */
#include "lib.h"
#include <sched.h>

enum { WHO_PROCESS = 1, CLASS_SHIFT = 13, BEST_EFFORT = 2, IDLE = 3 };

static uint32_t settings[64];
static pthread_barrier_t barrier;

static void show_priority(const char *what, long who)
{
	printf("%s: %lx\n", what,
	       (long)syscall(SYS_ioprio_get, WHO_PROCESS, who));
}

static void *same_as_main(void *argument)
{
	uint32_t now[64];

	CHECK_INT(syscall(SYS_sched_setattr, gettid(), settings, 0), 0);
	CHECK_INT(syscall(SYS_sched_setattr, 0, settings, 0), 0);
	CHECK_INT(syscall(SYS_sched_getattr, gettid(), now, sizeof(now), 0), 0);
	CHECK(!memcmp(now, settings, settings[0]));
	return argument;
}

static void *changes(void *argument)
{
	uint32_t now[64];

	memcpy(now, settings, sizeof(now));
	now[1] = SCHED_BATCH;
	CHECK_INT(syscall(SYS_sched_setattr, gettid(), now, 0), 0);
	CHECK_INT(sched_getscheduler(0), SCHED_BATCH);
	CHECK_INT(sched_getscheduler(gettid()), SCHED_BATCH);
	CHECK_INT(syscall(SYS_ioprio_set, WHO_PROCESS, gettid(),
			  BEST_EFFORT << CLASS_SHIFT | 6),
		  0);
	show_priority("own", 0);
	show_priority("own by number", gettid());
	return argument;
}

static void *is_changed(void *argument)
{
	*(pid_t *)argument = gettid();
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	CHECK_INT(sched_getscheduler(0), SCHED_BATCH);
	show_priority("changed by another", 0);
	return NULL;
}

static void check_errors(void)
{
	uint32_t bad[64] = { 48, 77 };

	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, settings, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, bad, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0x3ffffff, settings, 0), ESRCH);
	CHECK_ERRNO(syscall(SYS_ioprio_get, WHO_PROCESS, 0x3ffffff), ESRCH);
	CHECK_ERRNO(syscall(SYS_ioprio_set, WHO_PROCESS, 0, 7 << CLASS_SHIFT),
		    EINVAL);
}

static void *errors(void *argument)
{
	check_errors();
	return argument;
}

int main(void)
{
	pthread_t threads[8], thread;
	uint32_t batch[64];
	pid_t tid = 0;

	CHECK_INT(syscall(SYS_sched_getattr, 0, settings, sizeof(settings), 0),
		  0);
	for (int i = 0; i < 8; i++)
		threads[i] = start(same_as_main, NULL);
	for (int i = 0; i < 8; i++)
		join(threads[i]);
	ok("the settings of the first thread");

	join(start(changes, NULL));
	CHECK_INT(sched_getscheduler(0), SCHED_OTHER);
	show_priority("main", 0);

	CHECK_INT(pthread_barrier_init(&barrier, NULL, 2), 0);
	thread = start(is_changed, &tid);
	pthread_barrier_wait(&barrier);
	memcpy(batch, settings, sizeof(batch));
	batch[1] = SCHED_BATCH;
	CHECK_INT(syscall(SYS_sched_setattr, tid, batch, 0), 0);
	CHECK_INT(syscall(SYS_ioprio_set, WHO_PROCESS, tid,
			  IDLE << CLASS_SHIFT),
		  0);
	pthread_barrier_wait(&barrier);
	join(thread);
	ok("another thread's");

	check_errors();
	join(start(errors, NULL));
	ok("errors");
	return 0;
}
