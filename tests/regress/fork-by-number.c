/*
 * A thread that forks by the call's number, as Qt's QProcess does with clone:
 * its child once crashed on the way out of syscall(2).
 */
#include "lib.h"

#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>

enum { BY_FORK, BY_CLONE, BY_CLONE3, WAYS };

static pid_t make_child(int way)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	switch (way) {
	case BY_FORK:
		return (pid_t)syscall(SYS_fork);
	case BY_CLONE:
		return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	default:
		return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	}
}

static void *nothing(void *argument)
{
	return argument;
}

static void leave(void *status)
{
	_exit(*(int *)status);
}

/* The child's calls are cancellation points as before. */
static void child(int way)
{
	int status = 10 + way, pipe_end[2];
	pthread_t other;
	char byte;

	CHECK_INT(pipe(pipe_end), 0);
	CHECK_INT(pthread_create(&other, NULL, nothing, NULL), 0);
	CHECK_INT(pthread_join(other, NULL), 0);
	pthread_cleanup_push(leave, &status);
	CHECK_INT(pthread_cancel(pthread_self()), 0);
	read(pipe_end[0], &byte, 1);
	pthread_cleanup_pop(0);
	_exit(1);
}

static void *forks(void *argument)
{
	int way, status;
	pid_t pid;

	for (way = 0; way < WAYS; way++) {
		pid = make_child(way);
		CHECK(pid >= 0);
		if (pid == 0)
			child(way);
		CHECK_INT(waitpid(pid, &status, 0), pid);
		CHECK_INT(status, (10 + way) << 8);
	}
	return argument;
}

int main(void)
{
	join(start(forks, NULL));
	forks(NULL);
	ok("children");
	return 0;
}
