/*
 * libc has the kernel record the CPU of the main kernel thread in the main
 * thread's TCB. The main thread does not always run on that kernel thread, and
 * once read another one's CPU there.
 */
#include "lib.h"
#include <sched.h>

/* On one CPU the two could be told apart; the kernel's value counts. */
static void check(void)
{
	cpu_set_t all, one;
	unsigned cpu;

	CHECK_INT(sched_getaffinity(0, sizeof(all), &all), 0);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		CHECK_INT(sched_setaffinity(0, sizeof(one), &one), 0);
		CHECK_INT(syscall(SYS_getcpu, &cpu, NULL, NULL), 0);
		CHECK_INT(cpu, i);
		CHECK_INT(sched_getcpu(), i);
	}
	CHECK_INT(sched_setaffinity(0, sizeof(all), &all), 0);
}

int main(void)
{
	be_threaded();
	/* Blocks, and may continue on another kernel thread. */
	for (int i = 0; i < 20; i++) {
		long long until = now_ms() + 15;

		while (now_ms() < until)
			;
		sleep_ms(1);
	}
	check();
	run_both(check);
	ok("CPUs");
	return 0;
}
