// CFLAGS: -Wno-deprecated-declarations
/*
 * sigaction(2): the program reads back what it set; SA_RESETHAND, SA_NODEFER
 * and sa_mask; signal(3), sigset(3), siginterrupt(3); a signal that becomes
 * ignored is no longer pending.
 */
#include "lib.h"

static volatile sig_atomic_t depth, deepest, count, blocked_other;

static void nested(int signo)
{
	count++;
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (count < 5)
		raise(signo);
	depth--;
}

static void noting(int signo)
{
	sigset_t set;

	(void)signo;
	sigprocmask(SIG_BLOCK, NULL, &set);
	blocked_other = sigismember(&set, SIGUSR2);
	count++;
}

static void (*handler_of(int signo))(int)
{
	struct sigaction action;

	CHECK_INT(sigaction(signo, NULL, &action), 0);
	return action.sa_handler;
}

static void checks(void)
{
	struct sigaction action = { .sa_handler = nested }, old;
	sigset_t set, pending;

	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	count = deepest = 0;
	raise(SIGUSR1);
	CHECK_INT(count, 5);
	CHECK_INT(deepest, 1);
	action.sa_flags = SA_NODEFER;
	CHECK_INT(sigaction(SIGUSR1, &action, &old), 0);
	CHECK(old.sa_handler == nested);
	CHECK_INT(old.sa_flags & (SA_NODEFER | SA_RESTART), 0);
	count = deepest = 0;
	raise(SIGUSR1);
	CHECK_INT(count, 5);
	CHECK_INT(deepest, 5);
	ok("SA_NODEFER");

	action.sa_handler = noting;
	action.sa_flags = SA_RESETHAND | SA_RESTART;
	sigaddset(&action.sa_mask, SIGUSR2);
	CHECK_INT(sigaction(SIGUSR1, &action, &old), 0);
	CHECK(old.sa_flags & SA_NODEFER);
	CHECK_INT(sigaction(SIGUSR1, NULL, &old), 0);
	CHECK(old.sa_flags & SA_RESETHAND && old.sa_flags & SA_RESTART);
	CHECK(sigismember(&old.sa_mask, SIGUSR2));
	CHECK(!sigismember(&old.sa_mask, SIGUSR1));
	count = 0;
	raise(SIGUSR1);
	CHECK_INT(count, 1);
	CHECK(blocked_other);
	CHECK(handler_of(SIGUSR1) == SIG_DFL);
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK(!sigismember(&set, SIGUSR1) && !sigismember(&set, SIGUSR2));
	ok("SA_RESETHAND, sa_mask");

	CHECK(signal(SIGUSR1, noting) == SIG_DFL);
	CHECK_INT(sigaction(SIGUSR1, NULL, &old), 0);
	CHECK(old.sa_flags & SA_RESTART);
	CHECK_INT(siginterrupt(SIGUSR1, 1), 0);
	CHECK_INT(sigaction(SIGUSR1, NULL, &old), 0);
	CHECK(!(old.sa_flags & SA_RESTART));
	CHECK_INT(siginterrupt(SIGUSR1, 0), 0);
	CHECK(signal(SIGUSR1, SIG_IGN) == noting);
	CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
	CHECK(signal(SIGKILL, noting) == SIG_ERR && errno == EINVAL);
	CHECK_ERRNO(sigaction(SIGSTOP, &action, NULL), EINVAL);
	CHECK_ERRNO(sigaction(0, NULL, &old), EINVAL);
	CHECK_ERRNO(sigaction(65, NULL, &old), EINVAL);
	CHECK_ERRNO(sigaction(32, NULL, &old), EINVAL);
	ok("signal");

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	raise(SIGUSR1);
	raise(SIGCHLD);
	CHECK_INT(sigpending(&pending), 0);
	CHECK(sigismember(&pending, SIGUSR1));
	CHECK(sigismember(&pending, SIGCHLD));
	signal(SIGUSR1, SIG_IGN);
	CHECK_INT(sigpending(&pending), 0);
	CHECK(!sigismember(&pending, SIGUSR1));
	signal(SIGUSR1, SIG_DFL);
	CHECK_INT(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	ok("ignoring drops what is pending");
	CHECK_INT(pthread_sigmask(99, &set, NULL), EINVAL);
	CHECK_INT(pthread_sigmask(99, NULL, &set), 0);
}

int main(void)
{
	run_both(checks);
	return 0;
}
