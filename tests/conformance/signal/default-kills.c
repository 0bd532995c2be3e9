/*
 * The default action ends the whole process whatever its threads do: each of
 * several signals, sent to a child full of waiting and running threads. The
 * wait status names the signal.
 */
#include "lib.h"
#include <sys/prctl.h>
#include <sys/resource.h>

static int ready_fds[2];

static void *waits(void *argument)
{
	int fds[2];
	char byte;

	(void)argument;
	CHECK_INT(pipe(fds), 0);
	return (void *)(intptr_t)read(fds[0], &byte, 1);
}

static void *works(void *argument)
{
	for (;;)
		usleep(100);
	return argument;
}

static void *joins(void *argument)
{
	return join(*(pthread_t *)argument);
}

static void child(void)
{
	pthread_t first = start(waits, NULL);
	struct rlimit none = { 0, 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &none);
	for (int i = 0; i < 10; i++) {
		start(waits, NULL);
		start(works, NULL);
	}
	start(joins, &first);
	CHECK_INT(write(ready_fds[1], "r", 1), 1);
	waits(NULL);
	_exit(0);
}

int main(void)
{
	int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGALRM, SIGABRT, SIGSEGV };
	char byte;

	be_threaded();
	CHECK_INT(pipe(ready_fds), 0);
	for (int i = 0; i < 6; i++) {
		int status;
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			child();
		CHECK_INT(read(ready_fds[0], &byte, 1), 1);
		sleep_ms(10);
		CHECK_INT(kill(pid, signals[i]), 0);
		status = wait_for(pid);
		CHECK(WIFSIGNALED(status));
		CHECK_INT(WTERMSIG(status), signals[i]);
		ok("%s", strsignal(signals[i]));
	}
	return 0;
}
