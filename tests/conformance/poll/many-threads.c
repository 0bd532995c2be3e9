/*
 * poll(2): 200 threads wait, each on five descriptors; two threads that poll
 * one descriptor both wake; a poller and a reader on one descriptor.
 */
#include "lib.h"

#define THREADS 200

static int fds[THREADS][5][2];
static int waiting;

static void *poller(void *argument)
{
	int n = (int)(intptr_t)argument;
	struct pollfd set[5];
	char byte;

	for (int i = 0; i < 5; i++)
		set[i] = (struct pollfd){ fds[n][i][0], POLLIN, 0 };
	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	for (int round = 0; round < 3; round++) {
		CHECK_INT(poll(set, 5, round == 1 ? -1 : 30000), 1);
		for (int i = 0; i < 5; i++)
			CHECK_INT(set[i].revents,
				  i == (n + round) % 5 ? POLLIN : 0);
		CHECK_INT(read(fds[n][(n + round) % 5][0], &byte, 1), 1);
		CHECK_INT(write(fds[n][0][0], "r", 1), 1);
	}
	return NULL;
}

static void *both_told(void *argument)
{
	struct pollfd pollfd = { (int)(intptr_t)argument, POLLIN, 0 };

	CHECK_INT(poll(&pollfd, 1, -1), 1);
	CHECK_INT(pollfd.revents, POLLIN);
	return NULL;
}

static void *reader(void *argument)
{
	char data[8];

	return (void *)(intptr_t)read((int)(intptr_t)argument, data, 1);
}

int main(void)
{
	pthread_t threads[THREADS];
	int pair[2];
	char reply;

	for (int i = 0; i < THREADS; i++) {
		for (int j = 0; j < 5; j++)
			stream_pair(fds[i][j]);
		threads[i] = start(poller, (void *)(intptr_t)i);
	}
	WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) == THREADS);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < THREADS; i++)
			CHECK_INT(write(fds[i][(i + round) % 5][1], "x", 1), 1);
		for (int i = 0; i < THREADS; i++)
			CHECK_INT(read(fds[i][0][1], &reply, 1), 1);
	}
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("%d threads", THREADS);

	CHECK_INT(pipe(pair), 0);
	for (int i = 0; i < 10; i++)
		threads[i] = start(both_told, (void *)(intptr_t)pair[0]);
	settle();
	CHECK_INT(write(pair[1], "x", 1), 1);
	for (int i = 0; i < 10; i++)
		join(threads[i]);
	CHECK_INT(read(pair[0], &reply, 1), 1);
	ok("all pollers of one descriptor are told");

	threads[0] = start(reader, (void *)(intptr_t)pair[0]);
	threads[1] = start(both_told, (void *)(intptr_t)pair[0]);
	settle();
	CHECK_INT(write(pair[1], "xy", 2), 2);
	CHECK_INT((intptr_t)join(threads[0]), 1);
	join(threads[1]);
	ok("a reader and a poller");
	return 0;
}
