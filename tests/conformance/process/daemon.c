/*
 * daemon(3) and the double fork, from a program with threads; the process that
 * remains creates threads again.
 */
#include "lib.h"

static int fds[2];

static void *writes(void *argument)
{
	CHECK_INT(write(fds[1], argument, 1), 1);
	return NULL;
}

static void child_by(int kind)
{
	pid_t before = getpid();

	if (kind == 0) {
		CHECK_INT(daemon(0, 1), 0);
	} else {
		if (fork() > 0)
			_exit(0);
		CHECK(setsid() > 0);
		if (fork() > 0)
			_exit(0);
	}
	CHECK(getpid() != before);
	if (kind == 0)
		CHECK_INT(getsid(0), getpid());
	for (int i = 0; i < 10; i++)
		join(start(writes, "d"));
	_exit(0);
}

int main(void)
{
	be_threaded();
	CHECK_INT(pipe(fds), 0);
	for (int kind = 0; kind < 2; kind++) {
		char data[10];
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			child_by(kind);
		CHECK_INT(wait_for(pid), 0);
		read_all(fds[0], data, 10);
		ok(kind ? "double fork" : "daemon");
	}
	return 0;
}
