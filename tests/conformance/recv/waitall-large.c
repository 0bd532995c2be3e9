/*
 * recv(2), MSG_WAITALL for more than the socket's buffer holds: the call must
 * take the data in parts while it waits, or the sender would never continue.
 */
#include "lib.h"

#define SIZE  (3 << 20)
#define PAIRS 6

static void *receiver(void *argument)
{
	int fd = (int)(intptr_t)argument;
	char *data = malloc(SIZE);

	CHECK_INT(recv(fd, data, SIZE, MSG_WAITALL), SIZE);
	CHECK(is_pattern(data, SIZE, 0));
	free(data);
	return NULL;
}

int main(void)
{
	char *data = malloc(SIZE);
	pthread_t threads[PAIRS];
	int fds[PAIRS][2];

	fill_pattern(data, SIZE, 0);
	for (int i = 0; i < PAIRS; i++) {
		open_pair(fds[i], i % 2 ? PAIR_STREAM : PAIR_TCP);
		threads[i] = start(receiver, (void *)(intptr_t)fds[i][0]);
	}
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < PAIRS; i++)
		CHECK_INT(send(fds[i][1], data, SIZE, 0), SIZE);
	for (int i = 0; i < PAIRS; i++)
		join(threads[i]);
	ok("all of it");
	return 0;
}
