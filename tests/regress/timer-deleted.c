// LIBS: -lrt
/*
 * After a timer is deleted or set again, no signal of its earlier expirations
 * arrives. One that stood in the runtime's own queue once did, and its handler
 * got a value that the program had freed.
 */
#include "lib.h"
#include <stdbool.h>
#include <time.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile sig_atomic_t handled, value;

static void on_timer(int sig, siginfo_t *info, void *context)
{
	CHECK_INT(sig, SIGRTMIN);
	CHECK(context != NULL);
	value = info->si_value.sival_int;
	handled++;
}

static void *pauses(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static timer_t create(int notify, int number)
{
	struct sigevent event = { .sigev_notify = notify,
				  .sigev_signo = SIGRTMIN,
				  .sigev_value.sival_int = number };
	struct itimerspec soon = { { 0, 0 }, { 0, 1000 } };
	timer_t timer;

	event.sigev_notify_thread_id = gettid();
	CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	CHECK_INT(timer_settime(timer, 0, &soon, NULL), 0);
	sleep_ms(5);
	return timer;
}

static void set(int how)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, SIGRTMIN);
	CHECK_INT(pthread_sigmask(how, &one, NULL), 0);
}

/* Before Linux 6.13 the kernel delivers it, which POSIX allows. */
static bool kernel_drops_it(void)
{
	set(SIG_BLOCK);
	CHECK_INT(timer_delete(create(SIGEV_SIGNAL, 0)), 0);
	set(SIG_UNBLOCK);
	return !handled;
}

/* Blocked here only, it stands in the runtime's queues. */
static void run(int notify)
{
	struct itimerspec never = { { 0, 0 }, { 0, 0 } };
	timer_t kept;

	set(SIG_BLOCK);
	handled = 0;
	kept = create(notify, 1);
	CHECK_INT(timer_delete(kept), 0);
	set(SIG_UNBLOCK);
	CHECK_INT(handled, 0);
	set(SIG_BLOCK);
	kept = create(notify, 2);
	CHECK_INT(timer_delete(create(notify, 3)), 0);
	set(SIG_UNBLOCK);
	WAIT_UNTIL(handled == 1);
	CHECK_INT(value, 2);
	set(SIG_BLOCK);
	CHECK_INT(timer_delete(kept), 0);
	kept = create(notify, 4);
	CHECK_INT(timer_settime(kept, 0, &never, NULL), 0);
	CHECK_INT(timer_delete(kept), 0);
	set(SIG_UNBLOCK);
	CHECK_INT(handled, 1);
}

static void *in_thread(void *argument)
{
	run(SIGEV_THREAD_ID);
	return argument;
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = on_timer,
				 .sa_flags = SA_SIGINFO | SA_RESTART };

	CHECK_INT(sigaction(SIGRTMIN, &act, NULL), 0);
	if (!kernel_drops_it()) {
		ok("not on this kernel");
		return 0;
	}
	start(pauses, NULL);
	join(start(in_thread, NULL));
	run(SIGEV_THREAD_ID);
	ok("gone");
	return 0;
}
