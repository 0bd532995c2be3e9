/*
 * A handler for an asynchronous signal runs although every thread that does
 * not block the signal is CPU-bound; sent by the kernel's timer, by another
 * thread to the process, and to that thread alone.
 */
#include "lib.h"

static volatile sig_atomic_t handled;
static volatile int began;
static pthread_t computing;
static int self;

static void handler(int signo)
{
	(void)signo;
	self = pthread_equal(pthread_self(), computing);
	handled++;
}

static void *computes(void *argument)
{
	sigset_t set;

	computing = pthread_self();
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigaddset(&set, SIGUSR1);
	CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	began = 1;
	while (!handled)
		;
	return argument;
}

static void round_of(const char *what, void (*send)(void))
{
	pthread_t thread;

	began = handled = 0;
	thread = start(computes, NULL);
	WAIT_UNTIL(began);
	send();
	join(thread);
	CHECK_INT(handled, 1);
	CHECK(self);
	ok("%s", what);
}

static void by_timer(void)
{
	struct itimerval timer = { { 0, 0 }, { 0, 20000 } };

	CHECK_INT(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void by_kill(void)
{
	CHECK_INT(kill(getpid(), SIGUSR1), 0);
}

static void by_pthread_kill(void)
{
	CHECK_INT(pthread_kill(computing, SIGUSR1), 0);
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler };
	sigset_t set;

	CHECK_INT(sigaction(SIGALRM, &action, NULL), 0);
	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	sigfillset(&set);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	round_of("timer", by_timer);
	round_of("kill", by_kill);
	round_of("pthread_kill", by_pthread_kill);
	return 0;
}
