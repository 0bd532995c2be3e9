/*
 * signalfd(2) reports of a timer's signal what a handler would see: number,
 * value, overruns; also for a signal directed to the reading thread.
 */
#include "lib.h"
#include <sys/signalfd.h>
#include <time.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static void reads(int notify)
{
	struct sigevent event = { .sigev_notify = notify,
				  .sigev_signo = SIGRTMIN,
				  .sigev_value.sival_int = 4711 };
	struct itimerspec each = { { 0, 1000000 }, { 0, 1000000 } };
	struct signalfd_siginfo info;
	sigset_t set;
	timer_t timer;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	CHECK(fd >= 0);
	event.sigev_notify_thread_id = gettid();
	CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	CHECK_INT(timer_settime(timer, 0, &each, NULL), 0);
	sleep_ms(30);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(read(fd, &info, sizeof(info)), sizeof(info));
		CHECK_INT(info.ssi_signo, SIGRTMIN);
		CHECK_INT(info.ssi_code, SI_TIMER);
		CHECK_INT(info.ssi_int, 4711);
		CHECK_INT(info.ssi_tid, (uint32_t)(intptr_t)timer);
		if (i == 0)
			CHECK(info.ssi_overrun >= 15);
	}
	CHECK_INT(timer_delete(timer), 0);
	close(fd);
}

static void run(void)
{
	reads(SIGEV_SIGNAL);
	ok("the process");
	reads(SIGEV_THREAD_ID);
	ok("one thread");
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
