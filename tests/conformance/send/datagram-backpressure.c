/*
 * send(2) on a Unix datagram socket waits while the receiver's queue is full;
 * many senders, and each datagram arrives whole.
 */
#include "lib.h"

#define THREADS 60
#define EACH	30

static int fds[2];

static void *sender(void *argument)
{
	int record[50];

	for (int i = 0; i < 50; i++)
		record[i] = (int)(intptr_t)argument;
	for (int i = 0; i < EACH; i++)
		CHECK_INT(send(fds[1], record, sizeof(record), 0),
			  sizeof(record));
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int counts[THREADS] = { 0 };

	CHECK_INT(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(sender, (void *)(intptr_t)i);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < THREADS * EACH; i++) {
		int record[51];

		CHECK_INT(recv(fds[0], record, sizeof(record), 0), 200);
		for (int j = 1; j < 50; j++)
			CHECK_INT(record[j], record[0]);
		counts[record[0]]++;
	}
	for (int i = 0; i < THREADS; i++) {
		join(threads[i]);
		CHECK_INT(counts[i], EACH);
	}
	ok("all of them");
	return 0;
}
