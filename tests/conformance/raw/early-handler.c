// ENV: GREENSHIM_RAW=1
/*
 * The first thread is made in a handler that the program gave its own way of
 * returning, by an instruction: the frame is from before, its end from after.
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
