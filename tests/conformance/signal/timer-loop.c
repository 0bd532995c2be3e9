/*
 * timer_getoverrun(2) in a loop of sigwait(3): the overruns of the signal that
 * was just taken, until the timer is set again; also for a timer that signals
 * one thread, and in a handler.
 */
#include "lib.h"
#include <time.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif
#define LATE_MS 30 /* with a signal each millisecond */

static timer_t timer;
static volatile sig_atomic_t counted;

static void set_each_ms(timer_t one)
{
	struct itimerspec each = { { 0, 1000000 }, { 0, 1000000 } };

	CHECK_INT(timer_settime(one, 0, &each, NULL), 0);
}

static void create(int notify)
{
	struct sigevent event = { .sigev_notify = notify,
				  .sigev_signo = SIGRTMIN };

	event.sigev_notify_thread_id = gettid();
	CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	CHECK_INT(timer_getoverrun(timer), 0);
	set_each_ms(timer);
}

static void loop(int notify)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	create(notify);
	for (int i = 0; i < 3; i++) {
		for (int j = 0; j < 3; j++)
			CHECK_INT(sigwaitinfo(&set, &info), SIGRTMIN);
		sleep_ms(LATE_MS);
		CHECK_INT(sigwaitinfo(&set, &info), SIGRTMIN);
		CHECK_INT(info.si_code, SI_TIMER);
		CHECK(info.si_overrun >= LATE_MS / 2);
		CHECK_INT(timer_getoverrun(timer), info.si_overrun);
		CHECK_INT(syscall(SYS_timer_getoverrun, timer),
			  info.si_overrun);
	}
	set_each_ms(timer);
	CHECK_INT(timer_getoverrun(timer), 0);
	CHECK_INT(timer_delete(timer), 0);
	CHECK_ERRNO(timer_getoverrun(timer), EINVAL);
}

static void on_timer(int sig, siginfo_t *info, void *context)
{
	CHECK_INT(sig, SIGRTMIN);
	CHECK(context != NULL);
	CHECK_INT(timer_getoverrun(timer), info->si_overrun);
	counted += 1 + info->si_overrun;
}

static void handler(void)
{
	struct sigaction act = { .sa_sigaction = on_timer,
				 .sa_flags = SA_SIGINFO | SA_RESTART };
	sigset_t set;

	CHECK_INT(sigaction(SIGRTMIN, &act, NULL), 0);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	create(SIGEV_SIGNAL);
	for (int i = 0; i < 3; i++) {
		sleep_ms(LATE_MS);
		counted = 0;
		CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
		WAIT_UNTIL(counted >= LATE_MS / 2);
		CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	}
	CHECK_INT(timer_delete(timer), 0);
	signal(SIGRTMIN, SIG_DFL);
}

static void run(void)
{
	loop(SIGEV_SIGNAL);
	ok("the process");
	loop(SIGEV_THREAD_ID);
	ok("one thread");
	handler();
	ok("a handler");
}

int main(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	run_both(run);
	return 0;
}
