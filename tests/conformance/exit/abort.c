// EXPECT-SIGNAL: ABRT
/*
 * abort(3) in a thread kills the process with SIGABRT although other threads
 * wait.
 */
#include "lib.h"

static void *leaves(void *argument)
{
	(void)argument;
	sleep_ms(5);
	ok("aborts");
	abort();
}

int main(void)
{
	start(leaves, NULL);
	sleep(1000);
	return 0;
}
