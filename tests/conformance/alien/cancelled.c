// LIBS: -lrt
/*
 * pthread_cancel(3) of the thread that runs a SIGEV_THREAD timer's function,
 * while it waits in the kernel; its cleanup handlers run.
 */
#include "lib.h"
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>

static sem_t running, cleaned;
static pthread_t alien;
static int pair[2], queue;
static volatile int got;

static void by_read(void)
{
	char byte;

	read(pair[0], &byte, 1);
}

static void by_recv(void)
{
	char byte;

	recv(pair[0], &byte, 1, 0);
}

static void by_recvmsg(void)
{
	struct msghdr message = { 0 };

	recvmsg(pair[0], &message, 0);
}

static void by_nanosleep(void)
{
	struct timespec long_time = { 1000, 0 };

	nanosleep(&long_time, NULL);
}

static void by_clock_nanosleep(void)
{
	struct timespec long_time = { 1000, 0 };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, NULL);
}

static void by_poll(void)
{
	poll(NULL, 0, -1);
}

static void by_select(void)
{
	select(0, NULL, NULL, NULL, NULL);
}

static void by_epoll(void)
{
	struct epoll_event event;

	epoll_wait(queue, &event, 1, -1);
}

static void by_sigwait(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigwaitinfo(&set, NULL);
}

static void by_pause(void)
{
	pause();
}

static void by_wait(void)
{
	waitpid(-1, NULL, 0);
}

/* Disabled for a while, then acted on. */
static void held_off(void)
{
	char byte;
	int old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	sem_post(&running);
	got = read(pair[0], &byte, 1) == 1;
	pthread_setcancelstate(old, NULL);
	pthread_testcancel();
}

static void by_testcancel(void)
{
	for (;;)
		pthread_testcancel();
}

static void (*const waits[])(void) = {
	by_read,       by_recv,	  by_recvmsg, by_nanosleep, by_clock_nanosleep,
	by_poll,       by_select, by_epoll,   by_sigwait,   by_pause,
	by_testcancel, by_wait,	  held_off,
};

static void clean_up(void *argument)
{
	(void)argument;
	sem_post(&cleaned);
}

static void function(union sigval value)
{
	alien = pthread_self();
	pthread_cleanup_push(clean_up, NULL);
	if (waits[value.sival_int] != held_off)
		sem_post(&running);
	waits[value.sival_int]();
	pthread_cleanup_pop(0);
	FAIL("wait %d ended", value.sival_int);
}

static void wait_sem(sem_t *sem)
{
	while (sem_wait(sem) == -1)
		CHECK_INT(errno, EINTR);
}

static void all(void)
{
	struct itimerspec once = { .it_value.tv_nsec = 1000 };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD,
				  .sigev_notify_function = function };
	int n = sizeof(waits) / sizeof(*waits);

	for (int i = 0; i < n; i++) {
		timer_t timer;

		event.sigev_value.sival_int = i;
		CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
		CHECK_INT(timer_settime(timer, 0, &once, NULL), 0);
		wait_sem(&running);
		if (i % 2 == 0)
			sleep_ms(5); /* it waits by then, or soon will */
		CHECK_INT(pthread_cancel(alien), 0);
		if (waits[i] == held_off)
			CHECK_INT(write(pair[1], "x", 1), 1);
		wait_sem(&cleaned);
		CHECK_INT(timer_delete(timer), 0);
	}
	CHECK(got);
	ok("all of them");
}

int main(void)
{
	pid_t child;

	stream_pair(pair);
	queue = epoll_create1(0);
	CHECK_INT(sem_init(&running, 0, 0), 0);
	CHECK_INT(sem_init(&cleaned, 0, 0), 0);
	child = fork(); /* for waitpid */
	if (child == 0)
		for (;;)
			pause();
	all();
	be_threaded();
	run_both(all);
	kill(child, SIGKILL);
	wait_for(child);
	return 0;
}
