// ENV: GREENSHIM_RAW=1
/*
 * The first thread is made in a handler that the program gave its own way of
 * returning, by an instruction: the frame is from before, its end from after.
 */
#include "own.h"

struct kernel_action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

#define RESTORER 0x04000000

void give_back(void);
__asm__(".text\n.globl give_back\ngive_back:\n\tmov $15, %eax\n\tsyscall\n");

static volatile int ran;

static void on_signal(int sig)
{
	CHECK_INT(sig, SIGUSR1);
	be_threaded();
	ran++;
}

int main(void)
{
	struct kernel_action act = { on_signal, RESTORER, give_back, 0 };
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
