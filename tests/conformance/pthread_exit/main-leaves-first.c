/*
 * pthread_exit(3) in main: the process lives until its last thread ends, then
 * exits with status 0 after running the atexit handlers; its pid stays.
 */
#include "lib.h"

static pthread_t main_thread;

static void at_exit(void)
{
	ok("atexit");
}

static void *last(void *argument)
{
	(void)argument;
	CHECK_INT((intptr_t)join(main_thread), 5);
	ok("main joined");
	sleep_ms(50);
	ok("last thread ends");
	return NULL;
}

static void *early(void *argument)
{
	sleep_ms(20);
	return argument;
}

int main(void)
{
	atexit(at_exit);
	main_thread = pthread_self();
	for (int i = 0; i < 10; i++)
		pthread_detach(start(early, NULL));
	start(last, NULL);
	ok("main leaves");
	pthread_exit((void *)5);
}
