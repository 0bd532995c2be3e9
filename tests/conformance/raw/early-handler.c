// ENV: GREENSHIM_RAW=1
/*
 * The first thread is created in a signal handler whose restorer is the
 * program's own instruction: the signal's frame is older than the green
 * threads, and the return from it is not.
 */
#include "action.h"

static volatile int ran;

static void on_signal(int sig)
{
	CHECK_INT(sig, SIGUSR1);
	be_threaded();
	ran++;
}

int main(void)
{
	struct kernel_action act = own_action(on_signal, 0);
	struct timespec ts = { 0, 1000000 };

	CHECK_INT(own(SYS_rt_sigaction, SIGUSR1, &act, NULL, 8), 0);
	CHECK_INT(own(SYS_kill, own(SYS_getpid), SIGUSR1), 0);
	CHECK_INT(ran, 1);
	CHECK_INT(own(SYS_nanosleep, &ts, NULL), 0);
	CHECK_INT(own(SYS_kill, own(SYS_getpid), SIGUSR1), 0);
	CHECK_INT(ran, 2);
	CHECK_INT(own(SYS_nanosleep, &ts, NULL), 0);
	ok("a handler that greened the program returns");
	return 0;
}
