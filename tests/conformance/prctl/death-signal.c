/*
 * PR_SET_PDEATHSIG(2const) is a thread's own attribute, which a new thread
 * does not inherit. The process gets the signal when its parent exits, or when
 * the thread exits that created it (here a pinned one: other threads may
 * outlive theirs when greened).
 */
#include "lib.h"
#include <stdbool.h>
#include <sys/prctl.h>

static int fds[2], parent[2];

static int death_signal(void)
{
	int sig = -1;

	CHECK_INT(prctl(PR_GET_PDEATHSIG, &sig), 0);
	return sig;
}

static void *has_none(void *argument)
{
	for (int i = 0; i < 10; i++) {
		CHECK_INT(death_signal(), 0);
		sleep_ms(1);
	}
	return argument;
}

static void *sets(void *argument)
{
	CHECK_INT(death_signal(), 0);
	CHECK_ERRNO(prctl(PR_SET_PDEATHSIG, 65), EINVAL);
	CHECK_INT(prctl(PR_SET_PDEATHSIG, SIGUSR1), 0);
	for (int i = 0; i < 5; i++) {
		CHECK_INT(death_signal(), SIGUSR1);
		sleep_ms(1);
	}
	join(start(has_none, NULL));
	CHECK_INT(syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGUSR2, 0, 0, 0), 0);
	CHECK_INT(death_signal(), SIGUSR2);
	return argument;
}

static void each_its_own(void)
{
	pthread_t other = start(has_none, NULL);

	join(start(sets, NULL));
	join(other);
	CHECK_INT(death_signal(), 0);
	ok("each its own");
}

static void *waits(void *argument)
{
	char byte = 'n';
	sigset_t set;
	int sig;

	CHECK_INT(prctl(PR_SET_PDEATHSIG, SIGUSR1), 0);
	write_all(parent[1], "x", 1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_INT(sigwait(&set, &sig), 0);
	if (sig == SIGUSR1)
		byte = 'y';
	write_all(fds[1], &byte, 1);
	return argument;
}

static void child(bool in_thread)
{
	sigset_t set;

	alarm(20);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	be_threaded();
	if (in_thread)
		join(start(waits, NULL));
	else
		waits(NULL);
	_exit(0);
}

static void told(bool in_thread)
{
	char byte;
	pid_t pid = fork();

	if (pid == 0) {
		be_threaded();
		if (fork() == 0)
			child(in_thread);
		read_all(parent[0], &byte, 1);
		_exit(0);
	}
	CHECK_INT(wait_for(pid), 0);
	read_all(fds[0], &byte, 1);
	CHECK_INT(byte, 'y');
	ok("told");
}

static void *makes_child(void *argument)
{
	char byte;

	CHECK_INT(prctl(PR_SET_TIMERSLACK, 77777, 0, 0, 0), 0);
	if (fork() == 0)
		child(true);
	read_all(parent[0], &byte, 1);
	return argument;
}

static void told_of_thread(void)
{
	char byte;

	join(start(makes_child, NULL));
	read_all(fds[0], &byte, 1);
	CHECK_INT(byte, 'y');
	ok("told of a thread");
}

int main(void)
{
	CHECK_INT(pipe(fds), 0);
	CHECK_INT(pipe(parent), 0);
	each_its_own();
	told(true);
	told(false);
	told_of_thread();
	return 0;
}
