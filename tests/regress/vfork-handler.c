/*
 * A handler runs in the parent as vfork returns, and jumps out: the
 * descriptors that the handler and the program open are the parent's, and the
 * runtime knows them once there are threads.
 */
#include "lib.h"
#include <setjmp.h>

static sigjmp_buf out;
static int fds[2];

static void handler(int sig)
{
	(void)sig;
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	siglongjmp(out, 1);
}

static void *writes(void *unused)
{
	settle();
	CHECK_INT(write(fds[1], "a", 1), 1);
	return unused;
}

static void check(void)
{
	pthread_t thread;
	char byte;
	int p[2];

	if (sigsetjmp(out, 1) == 0) {
		pid_t pid = vfork();

		if (pid == 0) {
			kill(getppid(), SIGUSR1);
			_exit(0);
		}
		FAIL("no handler");
	}
	CHECK(wait(NULL) > 0);
	/* A number that named another kind of file. */
	CHECK_INT(pipe(p), 0);
	close(p[0]);
	close(p[1]);
	CHECK_INT(dup2(fds[0], p[0]), p[0]);
	thread = start(writes, NULL);
	CHECK_INT(recv(p[0], &byte, 1, 0), 1);
	join(thread);
	thread = start(writes, NULL);
	CHECK_INT(recv(fds[0], &byte, 1, 0), 1);
	join(thread);
	close(p[0]);
	close(fds[0]);
	close(fds[1]);
	ok("they are what they are");
}

int main(void)
{
	signal(SIGUSR1, handler);
	check();
	return 0;
}
