/*
 * signalfd(2): a read returns blocked signals, whatever sends them, also to a
 * thread that waits in poll or epoll; SIGCHLD of children that exit.
 */
#include "lib.h"
#include <sys/epoll.h>
#include <sys/signalfd.h>

static void *idles(void *argument)
{
	for (;;)
		usleep(300);
	return argument;
}

static int next(int fd)
{
	struct signalfd_siginfo info;

	CHECK_INT(read(fd, &info, sizeof(info)), sizeof(info));
	return (int)info.ssi_signo;
}

int main(void)
{
	struct signalfd_siginfo info;
	struct epoll_event event = { .events = EPOLLIN };
	struct pollfd pollfd = { .events = POLLIN };
	sigset_t set;
	int fd, epoll;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGRTMIN);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	for (int i = 0; i < 5; i++)
		start(idles, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	CHECK(fd >= 0);
	CHECK_ERRNO(read(fd, &info, sizeof(info)), EAGAIN);
	CHECK_INT(kill(getpid(), SIGUSR1), 0);
	pollfd.fd = fd;
	CHECK_INT(poll(&pollfd, 1, 20000), 1);
	CHECK_INT(next(fd), SIGUSR1);
	epoll = epoll_create1(0);
	CHECK_INT(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0);
	for (int i = 0; i < 20; i++) {
		union sigval value = { .sival_int = i };
		pid_t pid = fork();

		if (pid == 0)
			_exit(i);
		CHECK_INT(epoll_wait(epoll, &event, 1, 20000), 1);
		CHECK_INT(read(fd, &info, sizeof(info)), sizeof(info));
		CHECK_INT(info.ssi_signo, SIGCHLD);
		CHECK_INT(info.ssi_pid, pid);
		CHECK_INT(info.ssi_status, i);
		CHECK_INT(wait_for(pid), i << 8);
		CHECK_INT(sigqueue(getpid(), SIGRTMIN, value), 0);
		CHECK_INT(epoll_wait(epoll, &event, 1, 20000), 1);
		CHECK_INT(read(fd, &info, sizeof(info)), sizeof(info));
		CHECK_INT(info.ssi_int, i);
	}
	ok("signalfd");
	return 0;
}
