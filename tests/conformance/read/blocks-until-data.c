/*
 * read(2) on an empty pipe or socket waits until there is data. 200 threads
 * wait at once, on pipes, socket pairs and TCP connections, and each gets its
 * own bytes.
 */
#include "lib.h"

#define THREADS 200

static int readers[THREADS], writers[THREADS];
static int waiting;

static void *reader(void *argument)
{
	int n = (int)(intptr_t)argument, value = -1;

	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	CHECK_INT(read(readers[n], &value, sizeof(value)), sizeof(value));
	CHECK_INT(value, n * 7);
	/* The second read finds another message, then the end. */
	CHECK_INT(read(readers[n], &value, sizeof(value)), sizeof(value));
	CHECK_INT(value, n * 11);
	CHECK_INT(read(readers[n], &value, sizeof(value)), 0);
	CHECK_INT(read(readers[n], &value, sizeof(value)), 0);
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS];
	int fds[2];

	for (int i = 0; i < THREADS; i++) {
		open_pair(fds, i % PAIR_KINDS);
		readers[i] = fds[0];
		writers[i] = fds[1];
		threads[i] = start(reader, (void *)(intptr_t)i);
	}
	WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) == THREADS);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	ok("all wait");

	for (int i = THREADS - 1; i >= 0; i--) {
		int value = i * 7;
		CHECK_INT(write(writers[i], &value, sizeof(value)),
			  sizeof(value));
	}
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < THREADS; i++) {
		int value = i * 11;
		CHECK_INT(write(writers[i], &value, sizeof(value)),
			  sizeof(value));
		CHECK_INT(close(writers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		CHECK_INT((intptr_t)join(threads[i]), i);
	ok("each has read its own");
	return 0;
}
