/*
 * sched_yield(2): a thread that waits by yielding gives the others the CPU,
 * also when there are more of them than processors; it returns 0.
 */
#include "lib.h"
#include <sched.h>

#define THREADS 20

static int turn;

static void *player(void *argument)
{
	int n = (int)(intptr_t)argument;

	for (int round = 0; round < 10; round++) {
		while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) !=
		       round * THREADS + n)
			CHECK_INT(sched_yield(), 0);
		__atomic_add_fetch(&turn, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		threads[i] = start(player, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(turn, 10 * THREADS);
	ok("each in its turn");
	return 0;
}
