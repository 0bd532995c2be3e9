/*
 * vfork(2) followed by exec or _exit, from threads: the child runs its
 * program, the parent continues with its own state.
 */
#include "lib.h"

static void *runs(void *argument)
{
	int n = (int)(intptr_t)argument, kept = n * 3, fds[2];
	char text[16];
	pid_t pid;

	CHECK_INT(pipe2(fds, O_CLOEXEC), 0);
	snprintf(text, sizeof(text), "exit %d", n);
	pid = vfork();
	CHECK(pid >= 0);
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	CHECK_INT(kept, n * 3);
	CHECK_INT(wait_for(pid), n << 8);

	pid = vfork();
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(n + 1);
	CHECK_INT(wait_for(pid), (n + 1) << 8);

	pid = vfork();
	CHECK(pid >= 0);
	if (pid == 0) {
		execl("/nonexistent", "x", (char *)NULL);
		_exit(errno);
	}
	CHECK_INT(wait_for(pid), ENOENT << 8);
	close(fds[0]);
	close(fds[1]);
	return NULL;
}

int main(void)
{
	pthread_t threads[10];

	for (int i = 0; i < 10; i++)
		threads[i] = start(runs, (void *)(intptr_t)i);
	for (int i = 0; i < 10; i++)
		join(threads[i]);
	runs((void *)20);
	ok("vfork");
	return 0;
}
