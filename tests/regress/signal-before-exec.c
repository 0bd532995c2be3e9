/*
 * A signal that reached a child between its fork and its exec was once lost:
 * it stood in the child's own queue, which the exec discarded with the memory.
 */
#include "lib.h"

#define ROUNDS 150

/*
 * As a careful parent does: no signal is delivered until the mask is restored.
 */
static pid_t child(char *self)
{
	char *args[] = { self, "idle", NULL };
	sigset_t all, old;
	pid_t pid;

	sigfillset(&all);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &all, &old), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK_INT(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
		for (int fd = 100; fd < 400; fd++)
			close(fd);
		execv("/proc/self/exe", args);
		FAIL("execv: errno %d", errno);
	}
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
	return pid;
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		alarm(2); /* in place of the other signal */
		for (;;)
			pause();
	}
	be_threaded();
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = child(argv[0]);
		long long until = now_ns() + i * 20000;
		int status = 0;

		while (now_ns() < until)
			;
		CHECK_INT(kill(pid, SIGTERM), 0);
		CHECK_INT(waitpid(pid, &status, 0), pid);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM)
			FAIL("round %d: status %#x", i, status);
	}
	ok("all ended by the signal");
	return argc == 0;
}
