/*
 * signal(7): a handler without SA_RESTART ends the main thread's wait with
 * EINTR, with SA_RESTART the wait continues; nanosleep reports the time left.
 * (The other threads block the signal, so that main gets it.)
 */
#include "lib.h"
#include <sys/select.h>

static volatile sig_atomic_t caught;
static int fds[2];

static void handler(int signo)
{
	(void)signo;
	caught++;
}

static void *late_writer(void *argument)
{
	(void)argument;
	sleep_ms(150);
	CHECK_INT(write(fds[1], "x", 1), 1);
	return NULL;
}

static void alarm_in(int ms)
{
	struct itimerval timer = { { 0, 0 }, { 0, ms * 1000 } };

	CHECK_INT(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static pthread_t start_blocked(void *(*function)(void *))
{
	sigset_t all, old;
	pthread_t thread;

	sigfillset(&all);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &all, &old), 0);
	thread = start(function, NULL);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
	return thread;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler };
	struct timespec ts = { 5, 0 }, left = { 0, 0 };
	struct pollfd pollfd;
	pthread_t thread;
	char byte;

	CHECK_INT(pipe(fds), 0);
	pollfd = (struct pollfd){ fds[0], POLLIN, 0 };
	thread = start_blocked(late_writer);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	join(thread);

	CHECK_INT(sigaction(SIGALRM, &action, NULL), 0);
	alarm_in(50);
	CHECK_ERRNO(read(fds[0], &byte, 1), EINTR);
	CHECK_INT(caught, 1);
	alarm_in(50);
	CHECK_ERRNO(poll(&pollfd, 1, -1), EINTR);
	alarm_in(50);
	CHECK_ERRNO(select(0, NULL, NULL, NULL, NULL), EINTR);
	alarm_in(50);
	CHECK_ERRNO(nanosleep(&ts, &left), EINTR);
	CHECK(left.tv_sec == 4 && left.tv_nsec > 0);
	CHECK_INT(caught, 4);
	alarm_in(50);
	/* 9.95 s are left, and libc rounds down. */
	CHECK_INT(sleep(10), 9);
	alarm_in(50);
	CHECK_ERRNO(pause(), EINTR);
	CHECK_INT(caught, 6);
	ok("EINTR");

	action.sa_flags = SA_RESTART;
	CHECK_INT(sigaction(SIGALRM, &action, NULL), 0);
	thread = start_blocked(late_writer);
	alarm_in(50);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	CHECK_INT(caught, 7);
	join(thread);
	alarm_in(50);
	CHECK_ERRNO(poll(&pollfd, 1, -1), EINTR);
	CHECK_INT(caught, 8);
	ok("SA_RESTART");
	return 0;
}
