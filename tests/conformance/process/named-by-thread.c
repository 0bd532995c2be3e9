/*
 * The tid of any of its threads names a process: kill(2), sigqueue(3),
 * prlimit(2), getpgid(2), getsid(2), process_vm_readv(2).
 */
#include "lib.h"
#include <sys/resource.h>
#include <sys/uio.h>

static pthread_barrier_t barrier;
static pid_t tid;
static volatile sig_atomic_t handled, value;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	CHECK_INT(sig, SIGUSR1);
	CHECK_INT(info->si_pid, getpid());
	CHECK(context != NULL);
	value = info->si_code == SI_QUEUE ? info->si_value.sival_int : 0;
	handled++;
}

static void named(void)
{
	char there[8] = "abcdefg", here[8] = "";
	struct iovec to = { here, 8 }, from = { there, 8 };
	struct rlimit limit, same;

	CHECK_INT(kill(tid, 0), 0);
	CHECK_INT(syscall(SYS_kill, tid, 0), 0);
	CHECK_INT(getpgid(tid), getpgrp());
	CHECK_INT(getsid(tid), getsid(0));
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_INT(prlimit(tid, RLIMIT_NOFILE, NULL, &same), 0);
	CHECK_INT(limit.rlim_cur, same.rlim_cur);
	CHECK_INT(syscall(SYS_prlimit64, tid, RLIMIT_NOFILE, NULL, &same), 0);
	CHECK_INT(process_vm_readv(tid, &to, 1, &from, 1, 0), 8);
	CHECK(!strcmp(here, there));
	memset(here, 0, sizeof(here));
	CHECK_INT(process_vm_writev(tid, &from, 1, &to, 1, 0), 8);
	CHECK(!strcmp(here, there));
}

static void *sends(void *argument)
{
	union sigval seven = { .sival_int = 7 };

	tid = gettid();
	named();
	CHECK_INT(kill(tid, SIGUSR1), 0);
	WAIT_UNTIL(handled == 1);
	CHECK_INT(sigqueue(tid, SIGUSR1, seven), 0);
	WAIT_UNTIL(handled == 2);
	CHECK_INT(value, 7);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return argument;
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = on_signal,
				 .sa_flags = SA_SIGINFO | SA_RESTART };
	pthread_t thread;

	CHECK_INT(pthread_barrier_init(&barrier, NULL, 2), 0);
	CHECK_INT(sigaction(SIGUSR1, &act, NULL), 0);
	thread = start(sends, NULL);
	pthread_barrier_wait(&barrier);
	named();
	pthread_barrier_wait(&barrier);
	join(thread);
	WAIT_UNTIL(kill(tid, 0) == -1);
	CHECK_ERRNO(kill(tid, SIGUSR1), ESRCH);
	CHECK_ERRNO(prlimit(tid, RLIMIT_NOFILE, NULL, NULL), ESRCH);
	ok("named");
	return 0;
}
