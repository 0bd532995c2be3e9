/*
 * exit(3) flushes stdio's buffers, also when a thread calls it while others
 * wait for ever; the exit status is the caller's.
 */
// EXPECT-STATUS: 7
#include "lib.h"

static void *waits(void *argument)
{
	char byte;

	return (void *)(intptr_t)read((int)(intptr_t)argument, &byte, 1);
}

static void *locks(void *argument)
{
	pthread_mutex_lock(argument);
	return NULL;
}

static void at_exit(void)
{
	printf("ok atexit\n");
}

static void *exits(void *argument)
{
	(void)argument;
	settle();
	printf("ok flushed");
	printf("\n");
	exit(7);
}

int main(void)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	int fds[2];

	setvbuf(stdout, NULL, _IOFBF, 8192);
	atexit(at_exit);
	CHECK_INT(pipe(fds), 0);
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < 20; i++) {
		start(waits, (void *)(intptr_t)fds[0]);
		start(locks, &mutex);
	}
	start(exits, NULL);
	waits((void *)(intptr_t)fds[0]);
	return 1;
}
