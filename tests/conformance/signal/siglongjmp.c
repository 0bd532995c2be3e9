/*
 * sigsetjmp(3), siglongjmp(3): out of a handler, of a fault and of an
 * asynchronous signal. The mask is restored to that of sigsetjmp if that was
 * asked for, and stays the handler's otherwise. Also after the thread waited.
 */
#include "lib.h"
#include <setjmp.h>

#define THREADS 20

static __thread sigjmp_buf where;
static __thread int *volatile bad;

static void handler(int signo)
{
	siglongjmp(where, signo);
}

static int is_blocked(int signo)
{
	sigset_t set;

	CHECK_INT(pthread_sigmask(SIG_BLOCK, NULL, &set), 0);
	return sigismember(&set, signo);
}

static void *jumps(void *argument)
{
	sigset_t set;
	volatile int i;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	for (i = 0; i < 20; i++) {
		r = sigsetjmp(where, 1);
		if (r == 0) {
			if (i % 3 == 0)
				*bad = 1;
			if (i % 3 == 1)
				raise(SIGUSR1);
			usleep(100);
			pthread_kill(pthread_self(), SIGUSR1);
			FAIL("not reached");
		}
		CHECK_INT(r, i % 3 == 0 ? SIGSEGV : SIGUSR1);
		CHECK(!is_blocked(SIGUSR1) && !is_blocked(SIGSEGV));
		CHECK(is_blocked(SIGHUP));
	}
	if (sigsetjmp(where, 0) == 0)
		raise(SIGUSR1);
	CHECK(is_blocked(SIGUSR1));
	CHECK(is_blocked(SIGHUP));
	return argument;
}

static void out_of_waits(void)
{
	struct itimerval timer = { { 0, 0 }, { 0, 20000 } };
	volatile int i;
	int fds[2];
	char byte;

	CHECK_INT(pipe(fds), 0);
	for (i = 0; i < 10; i++) {
		if (sigsetjmp(where, 1) == 0) {
			CHECK_INT(setitimer(ITIMER_REAL, &timer, NULL), 0);
			CHECK_INT(read(fds[0], &byte, 1), 99);
		}
	}
	/* A thread can still wait for the descriptor. */
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK_INT(read(fds[0], &byte, 1), 1);
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler };
	pthread_t threads[THREADS];

	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	CHECK_INT(sigaction(SIGSEGV, &action, NULL), 0);
	CHECK_INT(sigaction(SIGALRM, &action, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(jumps, NULL);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("in threads");
	jumps(NULL);
	ok("in main");
	out_of_waits();
	ok("out of a wait");
	return 0;
}
