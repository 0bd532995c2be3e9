/*
 * RLIMIT_SIGPENDING: queues of real-time signals end there, with EAGAIN for the
 * sender, and so do timers. Greened, the queues grew without end.
 */
#include "lib.h"
#include <sys/resource.h>

#define LIMIT 2000
/* The signals of a user's processes count together: root can be another. */
#define NOBODY_ELSE (50000 + getpid() % 10000)

static int sig;

static int fill(int (*send)(pthread_t target), pthread_t target)
{
	int n = 0;

	while (n < 2 * LIMIT && send(target) == 0)
		n++;
	return n;
}

static int by_process(pthread_t target)
{
	union sigval value = { 1 };
	int r = sigqueue(getpid(), sig, value);

	(void)target;
	CHECK(r == 0 || errno == EAGAIN);
	return r;
}

static int by_thread(pthread_t target)
{
	union sigval value = { 1 };
	int r = pthread_sigqueue(target, sig, value);

	CHECK(r == 0 || r == EAGAIN);
	return r;
}

static int by_kill(pthread_t target)
{
	(void)target;
	return kill(getpid(), sig);
}

static int drain(void)
{
	struct timespec none = { 0, 0 };
	sigset_t set;
	int n = 0;

	sigemptyset(&set);
	sigaddset(&set, sig);
	while (sigtimedwait(&set, NULL, &none) == sig)
		n++;
	return n;
}

static void checks(void)
{
	timer_t timer;
	int n;

	n = fill(by_process, pthread_self());
	CHECK(n > LIMIT / 2 && n <= LIMIT);
	CHECK_ERRNO(timer_create(CLOCK_MONOTONIC, NULL, &timer), EAGAIN);
	CHECK_INT(drain(), n);
	ok("of the process");
	n = fill(by_thread, pthread_self());
	CHECK(n > LIMIT / 2 && n <= LIMIT);
	CHECK_ERRNO(sigqueue(getpid(), sig, (union sigval){ 0 }), EAGAIN);
	CHECK_INT(pthread_kill(pthread_self(), sig), EAGAIN);
	CHECK_INT(kill(getpid(), sig), 0);
	CHECK(drain() >= n);
	ok("of a thread");
	CHECK_INT(fill(by_kill, pthread_self()), 2 * LIMIT);
	n = drain();
	CHECK(n > LIMIT / 2 && n <= LIMIT + 1);
	CHECK_INT(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	CHECK_INT(timer_delete(timer), 0);
	ok("by kill");
}

int main(void)
{
	struct rlimit limit = { LIMIT, LIMIT };
	sigset_t set;

	if (geteuid() == 0)
		CHECK_INT(setuid(NOBODY_ELSE), 0);
	sig = SIGRTMIN + 3;
	sigemptyset(&set);
	sigaddset(&set, sig);
	CHECK_INT(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	CHECK_INT(setrlimit(RLIMIT_SIGPENDING, &limit), 0);
	run_both(checks);
	return 0;
}
