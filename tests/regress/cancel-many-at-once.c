/*
 * Threads that compute, with asynchronous cancellation and small stacks, are
 * cancelled at about the same time.  What interrupts a thread in order to cancel
 * it must not pile up on the thread's stack.
 */
#include "lib.h"

#define THREADS 120
#define STACK	(64 * 1024)
#define ROUNDS	5

static int begun;

static void *computes(void *unused)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	__atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);
	for (;;)
		for (volatile int i = 0; i < 1000000; i++)
			;
	return unused;
}

int main(void)
{
	static pthread_t threads[THREADS];
	pthread_attr_t attr;
	int round, i;

	CHECK_INT(pthread_attr_init(&attr), 0);
	CHECK_INT(pthread_attr_setstacksize(&attr, STACK), 0);
	for (round = 0; round < ROUNDS; round++) {
		begun = 0;
		for (i = 0; i < THREADS; i++)
			CHECK_INT(pthread_create(&threads[i], &attr, computes,
						 NULL),
				  0);
		/* The rest have not begun, or are about to. */
		while (__atomic_load_n(&begun, __ATOMIC_SEQ_CST) < THREADS / 2)
			sched_yield();
		for (i = 0; i < THREADS; i++)
			CHECK_INT(pthread_cancel(threads[i]), 0);
		for (i = 0; i < THREADS; i++)
			CHECK(join(threads[i]) == PTHREAD_CANCELED);
	}
	ok("cancelled");
	return 0;
}
