/*
 * write(2): EPIPE when the reader has closed and SIGPIPE is ignored, also for
 * a writer that waits already; MSG_NOSIGNAL; the default action of SIGPIPE
 * ends the process.
 */
#include "lib.h"

static int fds[2];

static void *waiting_writer(void *argument)
{
	static char data[1 << 22];

	(void)argument;
	/* The pipe or socket is full; what was accepted before counts. */
	while (write(fds[1], data, sizeof(data)) > 0)
		;
	return (void *)(intptr_t)errno;
}

static void checks(void)
{
	pthread_t thread;
	pid_t pid;
	int status;

	signal(SIGPIPE, SIG_IGN);
	CHECK_INT(pipe(fds), 0);
	close(fds[0]);
	CHECK_ERRNO(write(fds[1], "x", 1), EPIPE);
	close(fds[1]);
	stream_pair(fds);
	close(fds[0]);
	CHECK_ERRNO(write(fds[1], "x", 1), EPIPE);
	CHECK_ERRNO(send(fds[1], "x", 1, 0), EPIPE);
	close(fds[1]);
	ok("EPIPE");

	for (int i = 0; i < 2; i++) {
		open_pair(fds, i ? PAIR_STREAM : PAIR_PIPE);
		thread = start(waiting_writer, NULL);
		settle();
		close(fds[0]);
		CHECK_INT((intptr_t)join(thread), EPIPE);
		close(fds[1]);
	}
	ok("EPIPE for one who waits");

	signal(SIGPIPE, SIG_DFL);
	stream_pair(fds);
	close(fds[0]);
	CHECK_ERRNO(send(fds[1], "x", 1, MSG_NOSIGNAL), EPIPE);
	close(fds[1]);
	ok("MSG_NOSIGNAL");

	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK_INT(pipe(fds), 0);
		close(fds[0]);
		if (write(fds[1], "x", 1))
			_exit(1);
		_exit(2);
	}
	status = wait_for(pid);
	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGPIPE);
	ok("SIGPIPE kills");
}

int main(void)
{
	run_both(checks);
	return 0;
}
