/*
 * pthread_setcanceltype(3), PTHREAD_CANCEL_ASYNCHRONOUS: a CPU-bound thread
 * can be cancelled; a thread with deferred type only when it reaches a
 * cancellation point.
 */
#include "lib.h"

static volatile int running, release;

static void *computes(void *argument)
{
	int old;

	CHECK_INT(pthread_setcanceltype((int)(intptr_t)argument, &old), 0);
	CHECK_INT(old, PTHREAD_CANCEL_DEFERRED);
	running = 1;
	while (!release)
		;
	pthread_testcancel();
	FAIL("not cancelled");
}

int main(void)
{
	pthread_t thread = start(computes, (void *)PTHREAD_CANCEL_ASYNCHRONOUS);

	WAIT_UNTIL(running);
	CHECK_INT(pthread_cancel(thread), 0);
	CHECK(join(thread) == PTHREAD_CANCELED);
	ok("asynchronous");
	running = 0;
	thread = start(computes, (void *)PTHREAD_CANCEL_DEFERRED);
	WAIT_UNTIL(running);
	CHECK_INT(pthread_cancel(thread), 0);
	settle();
	CHECK_INT(pthread_tryjoin_np(thread, NULL), EBUSY);
	release = 1;
	CHECK(join(thread) == PTHREAD_CANCELED);
	ok("deferred");
	return 0;
}
