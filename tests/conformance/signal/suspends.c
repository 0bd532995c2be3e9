/*
 * sigsuspend(2), pause(2), ppoll, pselect, epoll_pwait: another signal mask
 * for the duration of a wait. A signal that is already pending ends the wait
 * at once; when the call returns, the handler has run and the old mask is
 * back.
 */
#include "lib.h"
#include <sys/epoll.h>
#include <sys/select.h>

static volatile sig_atomic_t handled, blocked_inside;
static int fds[2], epoll;

static void handler(int signo)
{
	sigset_t set;

	handled++;
	CHECK_INT(pthread_sigmask(SIG_BLOCK, NULL, &set), 0);
	CHECK(sigismember(&set, signo));
	blocked_inside = sigismember(&set, SIGUSR2);
}

static void wait_in(int kind, const sigset_t *mask)
{
	struct pollfd pollfd = { fds[0], POLLIN, 0 };
	struct timespec long_time = { 100, 0 };
	struct epoll_event event;
	fd_set set;

	switch (kind) {
	case 0:
		CHECK_ERRNO(sigsuspend(mask), EINTR);
		break;
	case 1:
		CHECK_ERRNO(ppoll(&pollfd, 1, &long_time, mask), EINTR);
		break;
	case 2:
		FD_ZERO(&set);
		FD_SET(fds[0], &set);
		CHECK_ERRNO(pselect(fds[0] + 1, &set, NULL, NULL, NULL, mask),
			    EINTR);
		break;
	case 3:
		CHECK_ERRNO(epoll_pwait(epoll, &event, 1, -1, mask), EINTR);
		break;
	case 4:
		CHECK_ERRNO(ppoll(NULL, 0, NULL, mask), EINTR);
		break;
	}
}

static void *late(void *argument)
{
	sleep_ms(30);
	CHECK_INT(pthread_kill(*(pthread_t *)argument, SIGUSR1), 0);
	return NULL;
}

static void checks(void)
{
	sigset_t set, mask, now;
	pthread_t me = pthread_self();

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	handled = 0;
	for (int kind = 0; kind < 5; kind++) {
		pthread_t thread;

		CHECK_INT(raise(SIGUSR1), 0);
		CHECK_INT(handled, 2 * kind);
		CHECK_INT(sigpending(&now), 0);
		CHECK(sigismember(&now, SIGUSR1));
		wait_in(kind, &mask);
		CHECK_INT(handled, 2 * kind + 1);
		CHECK(blocked_inside);
		CHECK_INT(sigpending(&now), 0);
		CHECK(!sigismember(&now, SIGUSR1));
		thread = start(late, &me);
		wait_in(kind, &mask);
		join(thread);
		CHECK_INT(handled, 2 * kind + 2);
		CHECK_INT(pthread_sigmask(SIG_BLOCK, NULL, &now), 0);
		CHECK(sigismember(&now, SIGUSR1));
		CHECK(!sigismember(&now, SIGUSR2));
	}
	/* A ready descriptor takes precedence over a pending signal. */
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK_INT(raise(SIGUSR1), 0);
	{
		struct pollfd pollfd = { fds[0], POLLIN, 0 };
		char byte;

		CHECK_INT(ppoll(&pollfd, 1, NULL, &mask), 1);
		CHECK_INT(read(fds[0], &byte, 1), 1);
	}
	CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	CHECK_INT(handled, 11);
	{
		pthread_t thread = start(late, &me);

		CHECK_ERRNO(pause(), EINTR);
		join(thread);
	}
	CHECK_INT(handled, 12);
	ok("waits");
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_RESTART };
	struct epoll_event event = { .events = EPOLLIN };

	CHECK_INT(pipe(fds), 0);
	epoll = epoll_create1(0);
	CHECK_INT(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event), 0);
	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	run_both(checks);
	return 0;
}
