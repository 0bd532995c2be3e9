/*
 * ppoll(2), pselect(2), epoll_pwait(2) with a pending signal that only the
 * call's mask unblocks: whether the handler runs depends on the call, the
 * timeout, and what is ready.
 */
#include "lib.h"
#include <sys/epoll.h>
#include <stdbool.h>
#include <sys/select.h>

static volatile sig_atomic_t handled;
static int ready[2], empty[2];
static sigset_t none, blocked;

static void handler(int signo)
{
	(void)signo;
	handled++;
}

static const char *const names[] = { "ppoll", "ppoll of nothing", "pselect",
				     "epoll_pwait", "epoll_pwait2" };

static int ask_epoll(int how, int fd, struct timespec *timeout)
{
	struct epoll_event event = { .events = EPOLLIN };
	int set = epoll_create1(0), r;

	CHECK_INT(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	if (how == 3)
		r = epoll_pwait(set, &event, 1, (int)timeout->tv_sec * 1000,
				&none);
	else
		r = epoll_pwait2(set, &event, 1, timeout, &none);
	how = errno;
	close(set);
	errno = how;
	return r;
}

static int ask(int how, int fd, struct timespec *timeout)
{
	struct pollfd pollfd = { fd, POLLIN, 0 };
	fd_set set;

	switch (how) {
	case 0:
		return ppoll(&pollfd, 1, timeout, &none);
	case 1:
		return ppoll(NULL, 0, timeout, &none);
	case 2:
		FD_ZERO(&set);
		FD_SET(fd, &set);
		return pselect(fd + 1, &set, NULL, NULL, timeout, &none);
	default:
		return ask_epoll(how, fd, timeout);
	}
}

static void try(int how, int fd, time_t seconds, bool to_process)
{
	struct timespec timeout = { seconds, 0 };
	struct timespec zero = { 0, 0 };
	int r;

	handled = 0;
	errno = 0;
	CHECK_INT(to_process ? kill(getpid(), SIGUSR1)
			     : pthread_kill(pthread_self(), SIGUSR1),
		  0);
	r = ask(how, fd, &timeout);
	printf("%s, timeout %d, %s: %d, %s, handled %d times, ", names[how],
	       (int)seconds, fd == ready[0] ? "ready" : "not ready", r,
	       r < 0 ? strerror(errno) : "-", handled);
	printf("%s\n", sigtimedwait(&blocked, NULL, &zero) == SIGUSR1
			       ? "pending"
			       : "not pending");
}

static void all(void)
{
	for (int how = 0; how < 5; how++)
		for (int seconds = 0; seconds < 20; seconds += 10)
			for (int i = 0; i < 4; i++)
				if (how != 1 || i >= 2)
					try(how, i < 2 ? ready[0] : empty[0],
					    seconds, i % 2);
}

int main(void)
{
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &blocked, NULL), 0);
	signal(SIGUSR1, handler);
	stream_pair(ready);
	stream_pair(empty);
	CHECK_INT(write(ready[1], "x", 1), 1);
	run_both(all);
	return 0;
}
