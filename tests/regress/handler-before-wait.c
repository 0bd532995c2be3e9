// TIMEOUT: 20
/*
 * sigsuspend, ppoll, pselect and epoll_pwait end with EINTR when a handler
 * that they unblocked has run, also when it ran before the thread slept.
 */
#include "lib.h"
#include <sys/epoll.h>
#include <sys/select.h>

#define TIMES 2400

static volatile int handled;

static void count(int sig)
{
	(void)sig;
	handled++;
}

static int wait_somehow(int how, int epoll, int fd, const sigset_t *mask)
{
	struct timespec timeout = { 100, 0 };
	struct pollfd pollfd = { fd, POLLIN, 0 };
	struct epoll_event event;
	fd_set set;

	switch (how) {
	case 0:
		return sigsuspend(mask);
	case 1:
		return ppoll(&pollfd, 1, &timeout, mask);
	case 2:
		FD_ZERO(&set);
		FD_SET(fd, &set);
		return pselect(fd + 1, &set, NULL, NULL, &timeout, mask);
	default:
		return epoll_pwait(epoll, &event, 1, 100000, mask);
	}
}

int main(void)
{
	int epoll = epoll_create1(0), fds[2];
	sigset_t set, none;

	be_threaded();
	stream_pair(fds);
	signal(SIGALRM, count);
	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	for (int i = 1; i <= TIMES; i++) {
		struct itimerval soon = { { 0, 0 }, { 0, 20 } };

		CHECK_INT(setitimer(ITIMER_REAL, &soon, NULL), 0);
		for (volatile int k = i / 4 % 300 * 60; k > 0; k--)
			;
		while (handled < i) {
			CHECK_INT(wait_somehow(i % 4, epoll, fds[0], &none),
				  -1);
			CHECK_INT(errno, EINTR);
		}
	}
	CHECK_INT(handled, TIMES);
	ok("none was missed");
	return 0;
}
