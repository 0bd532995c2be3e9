/*
 * pthread_create(3) fails with EAGAIN when there is no memory for a stack;
 * existing threads continue, and creating succeeds again once there is memory.
 */
#include "lib.h"
#include <sys/resource.h>

static int fds[2];

static void *reader(void *argument)
{
	char byte;

	(void)argument;
	CHECK_INT(read(fds[0], &byte, 1), 1);
	return NULL;
}

int main(void)
{
	struct rlimit old, tight;
	pthread_t thread, waiting;
	pthread_attr_t attr;

	CHECK_INT(pipe(fds), 0);
	waiting = start(reader, NULL);
	CHECK_INT(pthread_attr_init(&attr), 0);
	/* More than the address space holds. */
	CHECK_INT(pthread_attr_setstacksize(&attr, 1UL << 47), 0);
	CHECK_INT(pthread_create(&thread, &attr, reader, NULL), EAGAIN);
	ok("no such stack");

	CHECK_INT(getrlimit(RLIMIT_AS, &old), 0);
	tight = old;
	tight.rlim_cur = 1 << 20;
	CHECK_INT(pthread_attr_setstacksize(&attr, 32 << 20), 0);
	CHECK_INT(setrlimit(RLIMIT_AS, &tight), 0);
	int error = pthread_create(&thread, &attr, reader, NULL);
	CHECK_INT(setrlimit(RLIMIT_AS, &old), 0);
	CHECK_INT(error, EAGAIN);
	ok("no memory");

	CHECK_INT(pthread_create(&thread, &attr, reader, NULL), 0);
	CHECK_INT(write(fds[1], "xy", 2), 2);
	join(thread);
	join(waiting);
	ok("later");
	return 0;
}
