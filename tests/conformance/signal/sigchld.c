/*
 * SIGCHLD handled while threads wait: the handler runs for children that exit
 * and reaps them with WNOHANG; no child remains.
 */
#include "lib.h"

static _Atomic int reaped; /* handlers may run at once */

static void handler(int signo)
{
	int saved = errno;

	(void)signo;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		reaped++;
	errno = saved;
}

static void *forks(void *argument)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		_exit((int)(intptr_t)argument);
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_RESTART | SA_NOCLDSTOP };
	pthread_t threads[20];

	CHECK_INT(sigaction(SIGCHLD, &action, NULL), 0);
	for (int i = 0; i < 20; i++)
		threads[i] = start(forks, (void *)(intptr_t)i);
	for (int i = 0; i < 20; i++)
		join(threads[i]);
	WAIT_UNTIL(reaped == 20);
	CHECK_ERRNO(waitpid(-1, NULL, WNOHANG), ECHILD);
	ok("all reaped");
	return 0;
}
