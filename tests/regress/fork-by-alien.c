/*
 * A thread that libc made for itself forks. Its child once recorded signals
 * and never handled them, and created threads that never ran.
 */
#include "lib.h"

static volatile sig_atomic_t caught;
static volatile int status = -1;

static void handler(int sig)
{
	caught = sig;
}

static void *add(void *argument)
{
	sleep_ms(2);
	++*(int *)argument;
	return NULL;
}

static void forks(union sigval unused)
{
	int n = 0;
	pid_t pid = fork();

	(void)unused;
	CHECK(pid >= 0);
	if (pid == 0) {
		sigset_t set;

		/* libc's own threads begin with all signals blocked. */
		sigfillset(&set);
		CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
		CHECK_INT(kill(getpid(), SIGUSR1), 0);
		WAIT_UNTIL(caught == SIGUSR1);
		join(start(add, &n));
		caught = 0;
		CHECK_INT(raise(SIGUSR1), 0);
		CHECK_INT(caught, SIGUSR1);
		_exit(n + 1);
	}
	status = wait_for(pid);
}

int main(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD,
				  .sigev_notify_function = forks };
	struct itimerspec soon = { { 0, 0 }, { 0, 1000000 } };
	timer_t timer;

	signal(SIGUSR1, handler);
	be_threaded();
	CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	CHECK_INT(timer_settime(timer, 0, &soon, NULL), 0);
	WAIT_UNTIL(status != -1);
	CHECK_INT(status, 2 << 8);
	ok("its child");
	return 0;
}
