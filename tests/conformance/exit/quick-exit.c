// EXPECT-STATUS: 9
/*
 * quick_exit(3) in a thread: at_quick_exit handlers run, atexit's do not.
 */
#include "lib.h"

static void quick(void)
{
	ok("at_quick_exit");
}

static void wrong(void)
{
	FAIL("atexit");
}

static void *leaves(void *argument)
{
	(void)argument;
	sleep_ms(5);
	quick_exit(9);
}

int main(void)
{
	atexit(wrong);
	at_quick_exit(quick);
	start(leaves, NULL);
	sleep(1000);
	return 0;
}
