/*
 * close(2), NOTES: what happens to a thread that waits in a read on the
 * descriptor is unspecified. On Linux, shutdown and close end the wait; close
 * alone does not end it natively, and ends it with EBADF when greened.
 */
#include "lib.h"

#define THREADS 40

static void *reader(void *argument)
{
	char byte;
	ssize_t got = read((int)(intptr_t)argument, &byte, 1);

	return (void *)(intptr_t)(got == -1 ? -errno : got);
}

int main(void)
{
	pthread_t threads[THREADS];
	int fds[THREADS][2];
	char byte = 'x';

	for (int i = 0; i < THREADS; i++) {
		open_pair(fds[i], i % 2 ? PAIR_TCP : PAIR_STREAM);
		threads[i] = start(reader, (void *)(intptr_t)fds[i][0]);
	}
	settle();
	for (int i = 0; i < THREADS; i++) {
		CHECK_INT(shutdown(fds[i][0], SHUT_RDWR), 0);
		CHECK_INT(close(fds[i][0]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		intptr_t got = (intptr_t)join(threads[i]);

		/* EBADF if the thread called read too late. */
		CHECK(got == 0 || got == -EBADF);
		close(fds[i][1]);
	}
	ok("shutdown and close");

	for (int kind = 0; kind < 2; kind++) {
		open_pair(fds[0], kind ? PAIR_STREAM : PAIR_PIPE);
		threads[0] = start(reader, (void *)(intptr_t)fds[0][0]);
		settle();
		CHECK_INT(close(fds[0][0]), 0);
		if (greened()) {
			CHECK_INT((intptr_t)join(threads[0]), -EBADF);
			close(fds[0][1]);
		} else {
			/*
			 * The wait continues: the wait itself keeps the file
			 * open.
			 */
			settle();
			CHECK_INT(pthread_tryjoin_np(threads[0], NULL), EBUSY);
			CHECK_INT(write(fds[0][1], &byte, 1), 1);
			CHECK_INT((intptr_t)join(threads[0]), 1);
			close(fds[0][1]);
		}
	}
	ok("close alone");
	return 0;
}
