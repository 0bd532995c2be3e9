/*
 * A thread that was CPU-bound for long, so that another carrier took its hub,
 * goes to sleep: the hub must see the new timer even when it is about to sleep
 * itself.
 */
#include "lib.h"
#include <semaphore.h>

#define ROUNDS 60

static void *idle(void *argument)
{
	sem_wait(argument);
	return NULL;
}

int main(void)
{
	static sem_t end;
	pthread_t thread;

	sem_init(&end, 0, 0);
	thread = start(idle, &end);
	for (int i = 0; i < ROUNDS; i++) {
		long long until = now_ms() + 25;
		struct timespec nap = { 0, 1000 + i * 5000 };

		while (now_ms() < until)
			;
		nanosleep(&nap, NULL);
	}
	sem_post(&end);
	join(thread);
	ok("%d naps", ROUNDS);
	return 0;
}
