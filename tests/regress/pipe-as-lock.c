/*
 * A byte in a pipe as a lock, as libuv uses it for its signals: threads that
 * take the lock only now and then get their turns from threads that take it
 * all the time and never wait for anything else.
 */
#include "lib.h"

enum { HOGS = 10, OTHERS = 24, TURNS = 30 };

static int lock[2];
static _Atomic int stop;

static void take(void)
{
	char byte;

	CHECK_INT(read(lock[0], &byte, 1), 1);
}

static void give(void)
{
	CHECK_INT(write(lock[1], "", 1), 1);
}

static void *hog(void *argument)
{
	while (!stop) {
		take();
		give();
	}
	return argument;
}

static void *other(void *argument)
{
	for (int i = 0; i < TURNS; i++) {
		take();
		give();
		sched_yield();
	}
	return argument;
}

int main(void)
{
	pthread_t hogs[HOGS], others[OTHERS];

	CHECK_INT(pipe(lock), 0);
	give();
	for (int i = 0; i < HOGS; i++)
		hogs[i] = start(hog, NULL);
	for (int i = 0; i < OTHERS; i++)
		others[i] = start(other, NULL);
	for (int i = 0; i < OTHERS; i++)
		join(others[i]);
	stop = 1;
	for (int i = 0; i < HOGS; i++)
		join(hogs[i]);
	ok("everybody had a turn");
	return 0;
}
