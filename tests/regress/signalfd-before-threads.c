/*
 * A signalfd opened before the first thread was created, for a signal that was
 * already blocked, once never returned that signal: the kernel thread no
 * longer blocked it.
 */
#include "lib.h"
#include <sys/signalfd.h>

int main(void)
{
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, 0);
	CHECK(fd >= 0);
	be_threaded();
	alarm(20); /* rather than wait for ever */
	CHECK_INT(kill(getpid(), SIGUSR1), 0);
	CHECK_INT(read(fd, &info, sizeof(info)), sizeof(info));
	CHECK_INT(info.ssi_signo, SIGUSR1);
	ok("taken");
	return 0;
}
