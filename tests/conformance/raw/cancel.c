// ENV: GREENSHIM_RAW=1
/*
 * A system call made by the program's own instruction or by syscall(2) is not
 * a cancellation point; asynchronous cancellation ends it.
 */
#include "own.h"

#include <stdatomic.h>

static int ends[2];
static atomic_int about, came_back;

static void *deferred(void *by_number)
{
	char c;
	long r;

	about = 1;
	if (by_number)
		r = syscall(SYS_read, ends[0], &c, 1);
	else
		r = own(SYS_read, ends[0], &c, 1);
	CHECK_INT(r, 1);
	came_back = 1;
	pthread_testcancel();
	return NULL;
}

static void *at_once(void *arg)
{
	char c;
	int old;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	about = 1;
	own(SYS_read, ends[0], &c, 1);
	return arg;
}

static void check_deferred(void *by_number)
{
	pthread_t thread;

	about = came_back = 0;
	thread = start(deferred, by_number);
	WAIT_UNTIL(about);
	settle();
	CHECK_INT(pthread_cancel(thread), 0);
	settle();
	CHECK_INT(came_back, 0);
	CHECK_INT(own(SYS_write, ends[1], "x", 1), 1);
	CHECK(join(thread) == PTHREAD_CANCELED);
	CHECK_INT(came_back, 1);
}

int main(void)
{
	pthread_t thread;

	CHECK_INT(pipe(ends), 0);
	check_deferred(NULL);
	check_deferred(&about);
	ok("deferred cancellation waits for the call's end");
	about = 0;
	thread = start(at_once, NULL);
	WAIT_UNTIL(about);
	settle();
	CHECK_INT(pthread_cancel(thread), 0);
	CHECK(join(thread) == PTHREAD_CANCELED);
	ok("asynchronous cancellation does not");
	return 0;
}
