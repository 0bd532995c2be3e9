// LIBS: -lrt
/*
 * A timer's signal that all threads block is left to the kernel. A timer
 * directed to one thread produces the same signal: its value must be the
 * program's, and no other thread may take it. A thread that waits for the
 * signal counts as not blocking it.
 */
#include "lib.h"

static sigset_t set;
static pid_t waiter;
static volatile int go;

static timer_t timer(int notify, pid_t thread, int value, long ns)
{
	struct sigevent event = { .sigev_notify = notify,
				  .sigev_signo = SIGRTMIN,
				  .sigev_value.sival_int = value };
	struct itimerspec spec = { .it_value.tv_nsec = ns };
	timer_t id;

	event._sigev_un._tid = thread;
	CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &id), 0);
	CHECK_INT(timer_settime(id, 0, &spec, NULL), 0);
	return id;
}

static void *for_one(void *argument)
{
	siginfo_t info;

	waiter = (pid_t)syscall(SYS_gettid);
	WAIT_UNTIL(go);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(sigwaitinfo(&set, &info), SIGRTMIN);
		CHECK_INT(info.si_code, SI_TIMER);
		CHECK_INT(info.si_value.sival_int, 31);
		if (i == 0)
			timer(SIGEV_THREAD_ID, waiter, 31, 1000);
	}
	return argument;
}

static void *waits(void *argument)
{
	siginfo_t info;

	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	go = 1;
	CHECK_INT(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK_INT(info.si_value.sival_int, 32);
	return argument;
}

int main(void)
{
	struct timespec zero = { 0, 0 };
	pthread_t thread;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	timer(SIGEV_SIGNAL, 0, 0, 0); /* never fires */
	thread = start(waits, NULL);
	WAIT_UNTIL(go);
	settle();
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	timer(SIGEV_SIGNAL, 0, 32, 1000);
	join(thread);
	ok("the one that waits has it");

	go = 0;
	thread = start(for_one, NULL);
	WAIT_UNTIL(waiter);
	timer(SIGEV_THREAD_ID, waiter, 31, 1000);
	settle();
	CHECK_ERRNO(sigtimedwait(&set, NULL, &zero), EAGAIN);
	go = 1;
	join(thread);
	ok("so does the one whose timer it is");
	return 0;
}
