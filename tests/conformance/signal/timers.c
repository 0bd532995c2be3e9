// LIBS: -lrt
/*
 * alarm(2), setitimer(2), timer_create(2) with every kind of notification: a
 * signal to the process, to one thread, a function in a new thread, none.
 */
#include "lib.h"
#include <semaphore.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile sig_atomic_t handled, value, right_thread;
static __thread int mine;
static sem_t done;
static int fds[2];

static void handler(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	handled++;
	value = info->si_value.sival_int;
	right_thread = mine;
}

static void notified(union sigval argument)
{
	value = argument.sival_int;
	CHECK_INT(sem_post(&done), 0);
}

static void expire(struct sigevent *event, int periods)
{
	struct itimerspec spec = { { 0, 0 }, { 0, 20000000 } };
	timer_t timer;

	if (periods > 1)
		spec.it_interval.tv_nsec = 5000000;
	handled = 0;
	CHECK_INT(timer_create(CLOCK_MONOTONIC, event, &timer), 0);
	CHECK_INT(timer_settime(timer, 0, &spec, NULL), 0);
	if (event->sigev_notify == SIGEV_THREAD)
		CHECK_INT(sem_wait(&done), 0);
	else if (event->sigev_notify == SIGEV_NONE)
		settle();
	else
		WAIT_UNTIL(handled >= periods);
	CHECK_INT(timer_delete(timer), 0);
}

static void *thread(void *argument)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGUSR1,
				  .sigev_value.sival_int = 77 };
	int *number = argument;

	mine = *number;
	event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	expire(&event, 1);
	CHECK_INT(value, 77);
	CHECK_INT(right_thread, *number);
	expire(&event, 5);
	CHECK_INT(right_thread, *number);
	return NULL;
}

static void *pauses(void *argument)
{
	char byte;

	(void)argument;
	return (void *)(intptr_t)read(fds[0], &byte, 1);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1,
				  .sigev_value.sival_int = 42 };
	struct itimerval timer = { { 0, 5000 }, { 0, 5000 } };
	struct itimerval none = { { 0, 0 }, { 0, 0 } };
	pthread_t other;
	int one = 1;

	CHECK_INT(pipe(fds), 0);
	CHECK_INT(sem_init(&done, 0, 0), 0);
	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	CHECK_INT(sigaction(SIGALRM, &action, NULL), 0);
	CHECK_INT(sigaction(SIGVTALRM, &action, NULL), 0);
	CHECK_INT(sigaction(SIGPROF, &action, NULL), 0);
	other = start(pauses, NULL);

	CHECK_INT(alarm(1), 0);
	WAIT_UNTIL(handled == 1);
	ok("alarm");
	CHECK_INT(setitimer(ITIMER_REAL, &timer, NULL), 0);
	WAIT_UNTIL(handled >= 5);
	CHECK_INT(setitimer(ITIMER_REAL, &none, NULL), 0);
	handled = 0;
	CHECK_INT(setitimer(ITIMER_VIRTUAL, &timer, NULL), 0);
	while (handled < 3)
		;
	CHECK_INT(setitimer(ITIMER_VIRTUAL, &none, NULL), 0);
	handled = 0;
	CHECK_INT(setitimer(ITIMER_PROF, &timer, NULL), 0);
	while (handled < 3)
		;
	CHECK_INT(setitimer(ITIMER_PROF, &none, NULL), 0);
	ok("setitimer");

	expire(&event, 1);
	CHECK_INT(value, 42);
	expire(&event, 5);
	ok("SIGEV_SIGNAL");
	event.sigev_notify = SIGEV_NONE;
	expire(&event, 1);
	CHECK_INT(handled, 0);
	ok("SIGEV_NONE");
	event.sigev_notify = SIGEV_THREAD;
	event.sigev_notify_function = notified;
	event.sigev_notify_attributes = NULL;
	event.sigev_value.sival_int = 43;
	expire(&event, 1);
	CHECK_INT(value, 43);
	ok("SIGEV_THREAD");
	join(start(thread, &one));
	thread(&one);
	ok("SIGEV_THREAD_ID");
	CHECK_INT(write(fds[1], "x", 1), 1);
	join(other);
	return 0;
}
