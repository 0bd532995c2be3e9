/*
 * sigqueue(3), pthread_sigqueue(3): real-time signals are queued, each with
 * its value, lowest number first; standard signals are not queued; sigwaitinfo
 * reports the sender.
 */
#include "lib.h"

#define EACH 50

static int values[3 * EACH], signals[3 * EACH];
static volatile sig_atomic_t count, usr1;

static void handler(int signo, siginfo_t *info, void *context)
{
	(void)context;
	if (signo == SIGUSR1) {
		usr1++;
		return;
	}
	CHECK_INT(info->si_code, SI_QUEUE);
	CHECK_INT(info->si_pid, getpid());
	CHECK_INT(info->si_uid, getuid());
	signals[count] = info->si_signo;
	values[count++] = info->si_value.sival_int;
}

static void block(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	for (int i = 0; i < 3; i++)
		sigaddset(&set, SIGRTMIN + i);
	CHECK_INT(pthread_sigmask(how, &set, NULL), 0);
}

static void check_order(void)
{
	CHECK_INT(count, 3 * EACH);
	for (int i = 0; i < 3 * EACH; i++)
		CHECK_INT(values[i], i % EACH);
}

static void checks(void)
{
	block(SIG_BLOCK);
	count = usr1 = 0;
	for (int i = 0; i < EACH; i++)
		for (int j = 2; j >= 0; j--) {
			union sigval value = { .sival_int = i };

			CHECK_INT(sigqueue(getpid(), SIGRTMIN + j, value), 0);
			CHECK_INT(raise(SIGUSR1), 0);
		}
	CHECK_INT(count, 0);
	block(SIG_UNBLOCK);
	check_order();
	CHECK_INT(usr1, 1);
	ok("to the process");

	block(SIG_BLOCK);
	count = 0;
	for (int i = 0; i < EACH; i++)
		for (int j = 2; j >= 0; j--) {
			union sigval value = { .sival_int = i };

			CHECK_INT(pthread_sigqueue(pthread_self(), SIGRTMIN + j,
						   value),
				  0);
		}
	block(SIG_UNBLOCK);
	check_order();
	ok("to a thread");
}

static void *waits(void *argument)
{
	struct timespec zero = { 0, 0 };
	sigset_t set;
	siginfo_t info;
	int before = 0;

	sigemptyset(&set);
	for (int i = 0; i < 3; i++)
		sigaddset(&set, SIGRTMIN + i);
	for (int i = 0; i < 3 * EACH; i++) {
		int signo = sigwaitinfo(&set, &info);

		CHECK_INT(signo, SIGRTMIN + i / EACH);
		CHECK_INT(info.si_signo, signo);
		CHECK_INT(info.si_value.sival_int, i % EACH);
		CHECK(signo >= before);
		before = signo;
	}
	CHECK_ERRNO(sigtimedwait(&set, &info, &zero), EAGAIN);
	return argument;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO };
	union sigval value = { .sival_int = 0 };

	/* One handler at a time, as the handler appends to a list. */
	sigfillset(&action.sa_mask);
	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	for (int i = 0; i < 3; i++)
		CHECK_INT(sigaction(SIGRTMIN + i, &action, NULL), 0);
	be_threaded();
	checks();
	block(SIG_BLOCK);
	for (int i = 0; i < EACH; i++)
		for (int j = 2; j >= 0; j--) {
			value.sival_int = i;
			CHECK_INT(sigqueue(getpid(), SIGRTMIN + j, value), 0);
		}
	join(start(waits, NULL));
	ok("waited for");
	CHECK_ERRNO(sigqueue(getpid(), 1000, value), EINVAL);
	CHECK_INT(pthread_sigqueue(pthread_self(), 1000, value), EINVAL);
	return 0;
}
