/*
 * close(2), NOTES: a thread that waits in a call on the descriptor goes on
 * waiting for the file, which stays open until the call returns. The number is
 * free at once. Shutdown and close end the wait.
 */
#include "lib.h"

#define THREADS 40

static void *reader(void *argument)
{
	char byte;
	ssize_t got = read((int)(intptr_t)argument, &byte, 1);

	return (void *)(intptr_t)(got == -1 ? -errno : got);
}

/* The file of the call has not ended for the other side. */
static void check_open(int fd)
{
	struct pollfd end = { fd, POLLIN | POLLRDHUP, 0 };

	CHECK_INT(poll(&end, 1, 20), 0);
}

static void data_come_later(int kind)
{
	pthread_t threads[4];
	int fds[2], other[2];
	char byte = 'x';

	open_pair(fds, kind);
	for (int i = 0; i < 4; i++)
		threads[i] = start(reader, (void *)(intptr_t)fds[0]);
	open_pair(other, PAIR_STREAM);
	settle();
	CHECK_INT(close(fds[0]), 0);
	CHECK_ERRNO(fcntl(fds[0], F_GETFD), EBADF);
	CHECK_INT(write(other[1], &byte, 1), 1);
	CHECK_INT(fcntl(other[0], F_DUPFD, fds[0]), fds[0]);
	settle();
	for (int i = 0; i < 4; i++) {
		CHECK_INT(pthread_tryjoin_np(threads[i], NULL), EBUSY);
		if (kind != PAIR_PIPE)
			check_open(fds[1]);
	}
	for (int i = 0; i < 4; i++)
		CHECK_INT(write(fds[1], &byte, 1), 1);
	for (int i = 0; i < 4; i++)
		CHECK_INT((intptr_t)join(threads[i]), 1);
	CHECK_INT(read(other[0], &byte, 1), 1);
	close(fds[0]);
	/* Now it is closed. */
	signal(SIGPIPE, SIG_IGN);
	CHECK(write(fds[1], &byte, 1) == -1 || kind == PAIR_TCP);
	close(fds[1]);
	close(other[0]);
	close(other[1]);
}

int main(void)
{
	pthread_t threads[THREADS];
	int fds[THREADS][2];

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

	for (int kind = 0; kind < PAIR_KINDS; kind++)
		data_come_later(kind);
	ok("close alone");
	return 0;
}
