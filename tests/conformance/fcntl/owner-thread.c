/*
 * fcntl(2), F_SETOWN_EX: a descriptor's signals go to one thread, with what
 * F_SETSIG asks for, whether the thread handles them or waits for them.
 */
#include "lib.h"
#include <fcntl.h>

#define THREADS 3

static __thread int mine;
static volatile sig_atomic_t handled[THREADS], wrong;
static int pairs[THREADS][2];
static pthread_barrier_t barrier;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	CHECK_INT(sig, SIGRTMIN);
	CHECK(context != NULL);
	if (info->si_fd != pairs[mine][0])
		wrong = 1;
	handled[mine]++;
}

static void own(int fd)
{
	struct f_owner_ex owner = { F_OWNER_TID, gettid() };

	CHECK_INT(fcntl(fd, F_SETOWN_EX, &owner), 0);
	owner.pid = 0;
	CHECK_INT(fcntl(fd, F_GETOWN_EX, &owner), 0);
	CHECK_INT(owner.type, F_OWNER_TID);
	CHECK_INT(owner.pid, gettid());
	CHECK_INT(fcntl(fd, F_SETSIG, SIGRTMIN), 0);
	CHECK_INT(fcntl(fd, F_SETFL, O_RDWR | O_ASYNC), 0);
}

static void *thread(void *argument)
{
	siginfo_t info;
	sigset_t set;
	char byte;

	mine = *(int *)argument;
	own(pairs[mine][0]);
	pthread_barrier_wait(&barrier);
	WAIT_UNTIL(handled[mine] == 1);
	read_all(pairs[mine][0], &byte, 1);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	pthread_barrier_wait(&barrier);
	CHECK_INT(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK_INT(info.si_code, POLL_IN);
	CHECK_INT(info.si_fd, pairs[mine][0]);
	read_all(pairs[mine][0], &byte, 1);
	return NULL;
}

static void write_to_each(void)
{
	for (int i = 0; i < THREADS; i++)
		write_all(pairs[i][1], "x", 1);
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = on_signal,
				 .sa_flags = SA_SIGINFO | SA_RESTART };
	struct f_owner_ex nobody = { F_OWNER_TID, INT_MAX };
	pthread_t threads[THREADS];
	int numbers[THREADS];

	CHECK_INT(sigaction(SIGRTMIN, &act, NULL), 0);
	CHECK_INT(pthread_barrier_init(&barrier, NULL, THREADS + 1), 0);
	for (int i = 0; i < THREADS; i++) {
		stream_pair(pairs[i]);
		numbers[i] = i;
		threads[i] = start(thread, &numbers[i]);
	}
	CHECK_ERRNO(fcntl(pairs[0][1], F_SETOWN_EX, &nobody), ESRCH);
	pthread_barrier_wait(&barrier);
	write_to_each();
	pthread_barrier_wait(&barrier);
	settle();
	write_to_each();
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(wrong, 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_INT(handled[i], 1);
	ok("each its own");
	return 0;
}
