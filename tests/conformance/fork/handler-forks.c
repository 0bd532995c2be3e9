/*
 * fork(2) in a signal handler that interrupts a wait: parent and child return
 * from the handler, and the wait goes on, or ends, in both.
 */
#include "lib.h"

static int wakes[2];
static volatile pid_t made;
static volatile sig_atomic_t forks, done;

static void handler(int sig)
{
	(void)sig;
	made = fork();
	forks++;
}

static void *pokes(void *argument)
{
	settle();
	CHECK_INT(pthread_kill(*(pthread_t *)argument, SIGUSR1), 0);
	WAIT_UNTIL(forks == 1);
	settle();
	/* One byte for each process. */
	CHECK_INT(write(wakes[1], "xy", 2), 2);
	while (!done)
		sleep_ms(1);
	return NULL;
}

enum { READ, POLL, PPOLL, SUSPEND, SLEEP, SEMAPHORE, WAYS };

static void wait_by(int way)
{
	struct pollfd one = { .fd = wakes[0], .events = POLLIN };
	struct timespec long_ = { 30, 0 };
	sigset_t none, usr2, mask;
	char byte;

	sigemptyset(&none);
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	switch (way) {
	case READ:
		CHECK_INT(read(wakes[0], &byte, 1), 1);
		return;
	case POLL:
		CHECK_ERRNO(poll(&one, 1, -1), EINTR);
		break;
	case PPOLL:
		CHECK_ERRNO(ppoll(&one, 1, NULL, &usr2), EINTR);
		break;
	case SUSPEND:
		CHECK_ERRNO(sigsuspend(&usr2), EINTR);
		break;
	default:
		CHECK_ERRNO(nanosleep(&long_, NULL), EINTR);
	}
	CHECK_INT(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
	CHECK_INT(sigismember(&mask, SIGUSR1), 0);
	CHECK_INT(sigismember(&mask, SIGUSR2), 0);
	CHECK_INT(sigismember(&mask, SIGTERM), 1);
	CHECK_INT(read(wakes[0], &byte, 1), 1);
}

static void *add(void *argument)
{
	sleep_ms(1);
	++*(int *)argument;
	return NULL;
}

static void check(int way)
{
	pthread_t self = pthread_self(), thread;
	int n = 0;

	forks = done = 0;
	made = -1;
	thread = start(pokes, &self);
	wait_by(way);
	if (made == 0) {
		/* The child is a process like any other. */
		CHECK_INT(gettid(), getpid());
		join(start(add, &n));
		_exit(n);
	}
	CHECK(made > 0);
	CHECK_INT(wait_for(made), 1 << 8);
	done = 1;
	join(thread);
	ok("way %d", way);
}

static void checks(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	for (int way = 0; way < SEMAPHORE; way++)
		check(way);
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_RESTART };

	CHECK_INT(pipe(wakes), 0);
	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	run_both(checks);
	return 0;
}
