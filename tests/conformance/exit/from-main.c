// EXPECT-STATUS: 3
/*
 * Returning from main ends the process at once, whether the threads wait,
 * spin, sleep or hold locks.
 */
#include "lib.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *does(void *argument)
{
	volatile int never = 0;
	int fds[2];
	char byte;

	switch ((intptr_t)argument % 5) {
	case 0:
		CHECK_INT(pipe(fds), 0);
		return (void *)(intptr_t)read(fds[0], &byte, 1);
	case 1:
		sleep(1000);
		break;
	case 2:
		pthread_mutex_lock(&mutex);
		break;
	case 3:
		pause();
		break;
	case 4:
		if ((intptr_t)argument == 4)
			while (!never)
				;
		for (;;)
			sched_yield();
	}
	return NULL;
}

static void last(void)
{
	ok("atexit");
}

int main(void)
{
	atexit(last);
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < 20; i++)
		start(does, (void *)(intptr_t)i);
	settle();
	ok("main returns");
	return 3;
}
