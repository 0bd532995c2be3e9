/*
 * The child of a fork for which there are too few descriptors runs natively;
 * it once had no working signals.
 */
#include "lib.h"

#include <sys/mman.h>
#include <sys/resource.h>

static volatile sig_atomic_t caught;
static volatile int *stage; /* seen by all processes */

static void on_signal(int sig)
{
	caught = sig;
}

static void last_child(const sigset_t *blocked)
{
	sigset_t was;

	raise(SIGUSR1);
	CHECK_INT(caught, SIGUSR1);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, NULL, &was), 0);
	CHECK_INT(sigismember(&was, SIGTERM), 1);
	kill(getpid(), SIGTERM);
	*stage = 1;
	pthread_sigmask(SIG_UNBLOCK, blocked, NULL);
	*stage = 2;
	_exit(1);
}

static void *forks(void *argument)
{
	struct rlimit few = { 4, 4 };
	sigset_t set;
	int status;
	pid_t pid;

	(void)argument;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		/* Its child is the one without descriptors. */
		CHECK_INT(setrlimit(RLIMIT_NOFILE, &few), 0);
		pid = fork();
		if (pid == 0)
			last_child(&set);
		CHECK_INT(waitpid(pid, &status, 0), pid);
		CHECK_INT(status, SIGTERM);
		CHECK_INT(*stage, 1);
		_exit(7);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 7 << 8);
	return NULL;
}

int main(void)
{
	stage = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(stage != MAP_FAILED);
	signal(SIGUSR1, on_signal);
	join(start(forks, NULL));
	ok("signals as ever");
	return 0;
}
