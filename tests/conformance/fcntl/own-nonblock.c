/*
 * fcntl(2), F_SETFL: the program reads back what it set. O_NONBLOCK takes
 * effect at once and until it is cleared, and everything that shares the open
 * file may set it: a child process, or the holder of a descriptor passed on.
 */
#include "lib.h"

static void *late_writer(void *argument)
{
	sleep_ms(30);
	CHECK_INT(write((int)(intptr_t)argument, "x", 1), 1);
	return NULL;
}

static void set_in_child(int fd, int flags)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		_exit(fcntl(fd, F_SETFL, flags) == 0 ? 0 : 1);
	CHECK_INT(wait_for(pid), 0);
}

static void checks(void)
{
	int fds[2];
	pthread_t thread;
	char byte;

	for (int kind = 0; kind < PAIR_KINDS; kind++) {
		open_pair(fds, kind);
		int flags = fcntl(fds[0], F_GETFL);

		/* Waits first, so that the shim knows the descriptor. */
		thread = start(late_writer, (void *)(intptr_t)fds[1]);
		CHECK_INT(read(fds[0], &byte, 1), 1);
		join(thread);
		CHECK_INT(fcntl(fds[0], F_SETFL, flags | O_NONBLOCK), 0);
		CHECK_INT(fcntl(fds[0], F_GETFL), flags | O_NONBLOCK);
		CHECK_ERRNO(read(fds[0], &byte, 1), EAGAIN);
		CHECK_INT(fcntl(fds[0], F_SETFL, flags), 0);
		CHECK_INT(fcntl(fds[0], F_GETFL), flags);
		thread = start(late_writer, (void *)(intptr_t)fds[1]);
		CHECK_INT(read(fds[0], &byte, 1), 1);
		join(thread);
		ok("set and cleared");

		set_in_child(fds[0], flags | O_NONBLOCK);
		CHECK_INT(fcntl(fds[0], F_GETFL), flags | O_NONBLOCK);
		CHECK_ERRNO(read(fds[0], &byte, 1), EAGAIN);
		set_in_child(fds[0], flags);
		CHECK_INT(fcntl(fds[0], F_GETFL), flags);
		thread = start(late_writer, (void *)(intptr_t)fds[1]);
		CHECK_INT(read(fds[0], &byte, 1), 1);
		join(thread);
		ok("by a child");
		close(fds[0]);
		close(fds[1]);
	}
	CHECK_ERRNO(fcntl(-1, F_GETFL), EBADF);
	CHECK_ERRNO(fcntl(0, 99999), EINVAL);
	CHECK_INT(fcntl(0, F_SETFD, FD_CLOEXEC), 0);
	CHECK_INT(fcntl(0, F_GETFD), FD_CLOEXEC);
	CHECK_INT(fcntl(0, F_SETFD, 0), 0);
	ok("errors");
}

int main(void)
{
	run_both(checks);
	return 0;
}
