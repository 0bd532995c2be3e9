/*
 * The main thread can be cancelled: its cleanup handlers run, the other
 * threads continue, and the process exits with 0 after the last of them.
 */
#include "lib.h"

static pthread_t main_thread;

static void clean(void *argument)
{
	ok("%s", (char *)argument);
}

static void *cancels(void *argument)
{
	sleep_ms(20);
	CHECK_INT(pthread_cancel(main_thread), 0);
	CHECK(join(main_thread) == PTHREAD_CANCELED);
	ok("joined");
	sleep_ms(20);
	ok("the last");
	return argument;
}

int main(void)
{
	main_thread = pthread_self();
	start(cancels, NULL);
	pthread_cleanup_push(clean, "outer");
	pthread_cleanup_push(clean, "inner");
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return 1;
}
