// NATIVE: skip
/*
 * SIGUSR2 makes a dump also while a thread blocks it together with all other
 * signals: it once killed the process then.
 */
#include "lib.h"

static void *blocks(void *argument)
{
	sigset_t all, old;

	sigfillset(&all);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &all, &old), 0);
	usleep(1000);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
	return argument;
}

int main(void)
{
	pid_t pid;

	join(start(blocks, NULL));
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(kill(getppid(), SIGUSR2) ? 1 : 0);
	CHECK_INT(wait_for(pid), 0);
	settle();
	ok("lives on");
	return 0;
}
