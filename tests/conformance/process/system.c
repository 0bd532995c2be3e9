/*
 * system(3) in many threads at once: statuses; SIGCHLD handlers do not reap
 * its child; SIGINT is ignored meanwhile in the caller but not in the child; a
 * cancelled system() kills its command.
 */
#include "lib.h"

static volatile sig_atomic_t interrupts;

static void handler(int signo)
{
	interrupts += signo == SIGINT;
}

static void *runs(void *argument)
{
	char command[64];
	int n = (int)(intptr_t)argument;

	snprintf(command, sizeof(command), "sleep 0.0%d; exit %d", n % 10, n);
	CHECK_INT(system(command), n << 8);
	return NULL;
}

static void *sleeps(void *argument)
{
	(void)argument;
	system("exec sleep 1000");
	FAIL("not cancelled");
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler };
	pthread_t threads[10];

	CHECK_INT(sigaction(SIGINT, &action, NULL), 0);
	CHECK_INT(sigaction(SIGCHLD, &action, NULL), 0);
	for (int i = 0; i < 10; i++)
		threads[i] = start(runs, (void *)(intptr_t)(i + 1));
	for (int i = 0; i < 10; i++)
		join(threads[i]);
	ok("statuses");
	CHECK_INT(system("kill -INT $PPID; exit 3"), 3 << 8);
	CHECK_INT(interrupts, 0);
	CHECK_INT(raise(SIGINT), 0);
	CHECK_INT(interrupts, 1);
	CHECK_INT(system("kill -INT $$"), SIGINT);
	CHECK(system(NULL) != 0);
	ok("SIGINT");
	threads[0] = start(sleeps, NULL);
	sleep_ms(100);
	CHECK_INT(pthread_cancel(threads[0]), 0);
	CHECK(join(threads[0]) == PTHREAD_CANCELED);
	CHECK_ERRNO(waitpid(-1, NULL, WNOHANG), ECHILD);
	ok("cancelled");
	return 0;
}
