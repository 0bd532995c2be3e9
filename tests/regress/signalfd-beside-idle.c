/*
 * A kernel thread that slept when a signal came to be held for a signalfd did
 * not learn of it, took the next such signal, and returned it a moment later:
 * a non-blocking read found none.
 */
#include "lib.h"
#include <sys/signalfd.h>
#include <sys/wait.h>

#define PROCESSES 40

static void *idles(void *argument)
{
	for (;;)
		usleep(300);
	return argument;
}

static void child(const sigset_t *set)
{
	struct signalfd_siginfo info;
	int fd;

	for (int i = 0; i < 4; i++)
		start(idles, NULL);
	sleep_ms(3);
	fd = signalfd(-1, set, SFD_NONBLOCK);
	CHECK(fd >= 0);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(kill(getpid(), SIGUSR1), 0);
		CHECK_INT(read(fd, &info, sizeof(info)), sizeof(info));
		CHECK_INT((int)info.ssi_signo, SIGUSR1);
	}
	_exit(0);
}

int main(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	for (int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		if (pid == 0)
			child(&set);
		CHECK_INT(wait_for(pid), 0);
	}
	ok("read at once");
	return 0;
}
