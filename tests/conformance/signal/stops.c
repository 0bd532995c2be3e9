/*
 * SIGSTOP, SIGTSTP, SIGCONT: a child full of threads stops and continues, and
 * its handler for SIGCONT runs; SIGPIPE is delivered to the thread that wrote.
 */
#include "lib.h"

static volatile sig_atomic_t continued, pipes;
static __thread volatile sig_atomic_t writer;
static int fds[2];

static void on_cont(int signo)
{
	(void)signo;
	continued++;
}

static void on_pipe(int signo)
{
	(void)signo;
	pipes += writer;
}

static void *works(void *argument)
{
	for (;;)
		usleep(500);
	return argument;
}

static void child(void)
{
	struct sigaction action = { .sa_handler = on_cont };

	CHECK_INT(sigaction(SIGCONT, &action, NULL), 0);
	for (int i = 0; i < 5; i++)
		start(works, NULL);
	CHECK_INT(write(fds[1], "r", 1), 1);
	/* Exit only after the parent has seen the child continued. */
	WAIT_UNTIL(continued == 3);
	_exit(7);
}

static void *writes(void *argument)
{
	int pair[2];

	CHECK_INT(pipe(pair), 0);
	close(pair[0]);
	writer = 1;
	CHECK_ERRNO(write(pair[1], "x", 1), EPIPE);
	close(pair[1]);
	return argument;
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_pipe };
	int signals[] = { SIGSTOP, SIGTSTP }, status;
	char byte;
	pid_t pid;

	CHECK_INT(pipe(fds), 0);
	be_threaded();
	pid = fork();
	if (pid == 0)
		child();
	CHECK_INT(read(fds[0], &byte, 1), 1);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(kill(pid, signals[i]), 0);
		CHECK_INT(waitpid(pid, &status, WUNTRACED), pid);
		CHECK(WIFSTOPPED(status));
		CHECK_INT(WSTOPSIG(status), signals[i]);
		CHECK_INT(kill(pid, SIGCONT), 0);
		CHECK_INT(waitpid(pid, &status, WCONTINUED), pid);
		CHECK(WIFCONTINUED(status));
		sleep_ms(20);
	}
	CHECK_INT(kill(pid, SIGCONT), 0);
	status = wait_for(pid);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 7);
	ok("stopped and continued");

	CHECK_INT(sigaction(SIGPIPE, &action, NULL), 0);
	for (int i = 0; i < 10; i++)
		join(start(writes, NULL));
	CHECK_INT(pipes, 10);
	ok("SIGPIPE");
	return 0;
}
