/*
 * tgkill(2), pthread_kill(3), kill(2) with the tids that threads see; a signal
 * that a thread sends to itself is handled before the call returns.
 */
#include "lib.h"

static __thread volatile sig_atomic_t handled;
static int tid, ready, stop;

static void handler(int signo)
{
	(void)signo;
	handled++;
}

static void *thread(void *argument)
{
	tid = (int)syscall(SYS_gettid);
	__atomic_store_n(&ready, 1, __ATOMIC_SEQ_CST);
	while (!handled)
		sleep_ms(1);
	CHECK_INT(tgkill(getpid(), tid, SIGUSR1), 0);
	CHECK_INT(handled, 2);
	CHECK_INT(syscall(SYS_tgkill, getpid(), tid, SIGUSR1), 0);
	CHECK_INT(handled, 3);
	CHECK_INT(pthread_kill(pthread_self(), SIGUSR1), 0);
	CHECK_INT(handled, 4);
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST))
		sleep_ms(1);
	return argument;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler };
	pthread_t id;

	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	id = start(thread, NULL);
	WAIT_UNTIL(__atomic_load_n(&ready, __ATOMIC_SEQ_CST));
	CHECK_INT(tgkill(getpid(), tid, 0), 0);
	CHECK_INT(tgkill(getpid(), tid, SIGUSR1), 0);
	CHECK_INT(pthread_kill(id, 0), 0);
	CHECK_ERRNO(tgkill(getpid(), tid, 9999), EINVAL);
	for (int i = 1; i <= 100; i++) {
		CHECK_INT(kill(getpid(), SIGUSR1), 0);
		CHECK_INT(handled, i);
		CHECK_INT(raise(SIGUSR1), 0);
		CHECK_INT(handled, ++i);
		usleep(10);
	}
	CHECK_ERRNO(kill(getpid(), 9999), EINVAL);
	CHECK_INT(kill(getpid(), 0), 0);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	join(id);
	ok("handled at once");
	return 0;
}
