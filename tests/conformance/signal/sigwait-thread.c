/*
 * The usual pattern: signals blocked everywhere, one thread in sigwait or
 * sigtimedwait or on a signalfd takes them, while others wait and work.
 */
#include "lib.h"
#include <sys/signalfd.h>

static int stop, usr1, usr2;

static void *taker(void *argument)
{
	sigset_t *set = argument;
	int signo;

	for (;;) {
		CHECK_INT(sigwait(set, &signo), 0);
		if (signo == SIGTERM)
			return NULL;
		if (signo == SIGUSR1)
			__atomic_add_fetch(&usr1, 1, __ATOMIC_SEQ_CST);
		if (signo == SIGHUP)
			__atomic_add_fetch(&usr2, 1, __ATOMIC_SEQ_CST);
	}
}

static void *worker(void *argument)
{
	int fds[2];
	char byte;

	(void)argument;
	stream_pair(fds);
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		CHECK_INT(write(fds[0], "x", 1), 1);
		CHECK_INT(read(fds[1], &byte, 1), 1);
		CHECK_INT(usleep(500), 0);
	}
	return NULL;
}

int main(void)
{
	struct timespec soon = { 0, 30000000 };
	struct signalfd_siginfo info;
	pthread_t threads[10], taking;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	taking = start(taker, &set);
	for (int i = 0; i < 10; i++)
		threads[i] = start(worker, NULL);
	for (int i = 1; i <= 20; i++) {
		CHECK_INT(kill(getpid(), i % 2 ? SIGUSR1 : SIGHUP), 0);
		WAIT_UNTIL(__atomic_load_n(&usr1, __ATOMIC_SEQ_CST) +
				   __atomic_load_n(&usr2, __ATOMIC_SEQ_CST) ==
			   i);
	}
	CHECK_INT(usr1, 10);
	CHECK_INT(usr2, 10);
	CHECK_INT(kill(getpid(), SIGTERM), 0);
	join(taking);
	ok("sigwait");

	CHECK_ERRNO(sigtimedwait(&set, NULL, &soon), EAGAIN);
	CHECK_INT(kill(getpid(), SIGHUP), 0);
	CHECK_INT(sigtimedwait(&set, NULL, &soon), SIGHUP);
	ok("sigtimedwait");

	fd = signalfd(-1, &set, SFD_CLOEXEC);
	CHECK(fd >= 0);
	CHECK_INT(kill(getpid(), SIGTERM), 0);
	CHECK_INT(read(fd, &info, sizeof(info)), sizeof(info));
	CHECK_INT(info.ssi_signo, SIGTERM);
	CHECK_INT(info.ssi_pid, getpid());
	close(fd);
	ok("signalfd");
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < 10; i++)
		join(threads[i]);
	return 0;
}
