/*
 * setuid(2) aborts the process if some of its threads may change their user
 * and others may not. libc calls abort(3) in the first thread whose result
 * differs from the others', wherever that thread waits, and the program's
 * handler of SIGABRT may take its time there.
 */
#include "lib.h"
#include <sys/prctl.h>

static int lasting[2];

static void *waits(void *argument)
{
	char byte;

	if (argument)
		CHECK_INT(syscall(SYS_setresuid, 2001, 2002, 2003), 0);
	else
		CHECK_INT(prctl(PR_SET_TIMERSLACK, 77777, 0, 0, 0), 0);
	read_all(lasting[0], &byte, 1);
	return argument;
}

static void on_abort(int sig)
{
	sleep_ms(50);
	_exit(sig == SIGABRT ? 3 : 2);
}

static void in_child(int first)
{
	start(waits, first ? lasting : NULL);
	settle();
	start(waits, first ? NULL : lasting);
	settle();
	signal(SIGABRT, on_abort);
	setresuid(1001, 1002, 1003);
	_exit(1);
}

int main(void)
{
	if (geteuid() != 0) {
		ok("not allowed");
		return 0;
	}
	CHECK_INT(pipe(lasting), 0);
	for (int i = 0; i < 4; i++) {
		pid_t pid = fork();

		if (pid == 0)
			in_child(i % 2);
		CHECK_INT(wait_for(pid), 3 << 8);
	}
	ok("the handler ends it");
	return 0;
}
