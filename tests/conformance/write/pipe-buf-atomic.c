/*
 * pipe(7), PIPE_BUF: writes of up to PIPE_BUF bytes are atomic, although the
 * pipe is full most of the time and 30 threads write to it.
 */
#include "lib.h"

#define THREADS 30
#define ROUNDS	40

static int fds[2];

static void *writer(void *argument)
{
	char record[PIPE_BUF];
	int n = (int)(intptr_t)argument;

	for (int i = 0; i < ROUNDS; i++) {
		/* Lengths that leave a little room in the pipe. */
		short len = (short)(PIPE_BUF - (n * 37 + i * 101) % 1500);

		memset(record, 'a' + n % 26, sizeof(record));
		memcpy(record, &len, sizeof(len));
		CHECK_INT(write(fds[1], record, len), len);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	char record[PIPE_BUF];

	CHECK_INT(pipe(fds), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(writer, (void *)(intptr_t)i);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < THREADS * ROUNDS; i++) {
		short len;

		read_all(fds[0], &len, sizeof(len));
		CHECK(len > 2 && len <= PIPE_BUF);
		read_all(fds[0], record, len - 2);
		for (int j = 1; j < len - 2; j++)
			CHECK_INT(record[j], record[0]);
	}
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("no record torn");
	return 0;
}
