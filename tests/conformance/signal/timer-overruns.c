/*
 * timer_getoverrun(3): while its signal is blocked, a timer has one pending
 * and counts the other expirations, and a short interval slows no thread down.
 * The same for setitimer(2), which counts none.
 */
#include "lib.h"

static volatile sig_atomic_t handled, overruns;

static void on_signal(int signo, siginfo_t *info, void *context)
{
	(void)signo, (void)context;
	handled++;
	overruns = info->si_code == SI_TIMER ? info->si_overrun : -1;
}

static void *blocks(void *argument)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGALRM);
	sigaddset(&set, SIGUSR1);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	return argument;
}

static void unblock(int signo)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	WAIT_UNTIL(handled);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
}

static timer_t timer(int signo, long first_ns, long interval_ns)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = signo };
	struct itimerspec spec = { { 0, interval_ns }, { 0, first_ns } };
	timer_t id;

	CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &id), 0);
	CHECK_INT(timer_settime(id, 0, &spec, NULL), 0);
	return id;
}

static void counted(int signo)
{
	timer_t id = timer(signo, 1000000, 20000000);
	struct itimerspec stop = { { 0, 0 }, { 0, 0 } };
	sigset_t pending;
	int n;

	handled = 0;
	sleep_ms(50); /* 1, 21, 41 */
	CHECK_INT(sigpending(&pending), 0);
	CHECK_INT(sigismember(&pending, signo), 1);
	unblock(signo);
	n = timer_getoverrun(id);
	CHECK_INT(timer_settime(id, 0, &stop, NULL), 0);
	CHECK_INT(handled, 1);
	CHECK(n >= 2 && n == overruns);
	CHECK_INT(timer_delete(id), 0);
}

/* So short that handling each signal would leave no time for anything else. */
static void short_interval(int signo)
{
	timer_t id = timer(signo, 1, 1);
	struct itimerspec stop = { { 0, 0 }, { 0, 0 } };

	handled = 0;
	for (int i = 0; i < 20; i++)
		join(start(blocks, NULL));
	CHECK_INT(handled, 0);
	CHECK_INT(timer_settime(id, 0, &stop, NULL), 0);
	CHECK_INT(timer_delete(id), 0);
}

static void interval_timer(void)
{
	struct itimerval often = { { 0, 1 }, { 0, 1 } },
			 stop = { .it_value = { 0, 0 } };

	handled = 0;
	CHECK_INT(setitimer(ITIMER_REAL, &often, NULL), 0);
	for (int i = 0; i < 20; i++)
		join(start(blocks, NULL));
	CHECK_INT(setitimer(ITIMER_REAL, &stop, NULL), 0);
	CHECK_INT(handled, 0);
	unblock(SIGALRM);
	CHECK_INT(handled, 1);
	CHECK_INT(ualarm(1, 1), 0);
	sleep_ms(5);
	CHECK(ualarm(0, 0) <= 1);
	unblock(SIGALRM);
	CHECK_INT(handled, 2);
	CHECK_ERRNO(setitimer(99, &stop, NULL), EINVAL);
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = on_signal,
				 .sa_flags = SA_SIGINFO | SA_RESTART };

	CHECK_INT(sigaction(SIGRTMIN, &act, NULL), 0);
	CHECK_INT(sigaction(SIGALRM, &act, NULL), 0);
	CHECK_INT(sigaction(SIGUSR1, &act, NULL), 0);
	blocks(NULL);
	be_threaded();
	counted(SIGRTMIN);
	counted(SIGUSR1);
	ok("overruns are counted");
	short_interval(SIGRTMIN);
	short_interval(SIGUSR1);
	ok("a short interval hinders nobody");
	interval_timer();
	ok("setitimer, ualarm");
	return 0;
}
