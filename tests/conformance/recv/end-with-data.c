/*
 * recv(2): when data and the end of the stream arrive together, the reader
 * sees one after the other, even if its buffer had room for more.
 */
#include "lib.h"

#define ROUNDS 300

static int fds[2];

static void *reader(void *argument)
{
	char data[256];
	ssize_t n;

	/* Waits once, so that the descriptor is known and drained. */
	CHECK_INT(read(fds[0], data, sizeof(data)), 1);
	__atomic_store_n((int *)argument, 1, __ATOMIC_SEQ_CST);
	n = read(fds[0], data, sizeof(data));
	CHECK_INT(n, 5);
	CHECK_INT(read(fds[0], data, sizeof(data)), 0);
	return NULL;
}

int main(void)
{
	be_threaded();
	for (int i = 0; i < ROUNDS; i++) {
		int first = 0;
		pthread_t thread;

		tcp_pair(fds);
		thread = start(reader, &first);
		CHECK_INT(write(fds[1], "1", 1), 1);
		WAIT_UNTIL(__atomic_load_n(&first, __ATOMIC_SEQ_CST));
		/* Together, before any reader can come between. */
		CHECK_INT(write(fds[1], "23456", 5), 5);
		close(fds[1]);
		join(thread);
		close(fds[0]);
	}
	ok("%d streams", ROUNDS);
	return 0;
}
