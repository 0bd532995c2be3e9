/*
 * shutdown(2) ends waiting reads with 0 and waiting writes with EPIPE, for the
 * half that was shut down; then the errors.
 */
#include "lib.h"

#define PAIRS 20

static void *reader(void *argument)
{
	char byte;

	return (void *)(intptr_t)recv((int)(intptr_t)argument, &byte, 1, 0);
}

static void *writer(void *argument)
{
	static char data[1 << 20];

	while (send((int)(intptr_t)argument, data, sizeof(data), 0) > 0)
		;
	return (void *)(intptr_t)errno;
}

static void checks(void)
{
	pthread_t readers[PAIRS], writers[PAIRS];
	int fds[PAIRS][2];
	char byte;

	for (int i = 0; i < PAIRS; i++) {
		open_pair(fds[i], i % 2 ? PAIR_TCP : PAIR_STREAM);
		readers[i] = start(reader, (void *)(intptr_t)fds[i][0]);
		writers[i] = start(writer, (void *)(intptr_t)fds[i][0]);
	}
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < PAIRS; i++)
		CHECK_INT(shutdown(fds[i][0], SHUT_RD), 0);
	for (int i = 0; i < PAIRS; i++) {
		CHECK_INT((intptr_t)join(readers[i]), 0);
		CHECK_INT(pthread_tryjoin_np(writers[i], NULL), EBUSY);
	}
	ok("SHUT_RD");
	for (int i = 0; i < PAIRS; i++)
		CHECK_INT(shutdown(fds[i][0], SHUT_WR), 0);
	for (int i = 0; i < PAIRS; i++) {
		CHECK_INT((intptr_t)join(writers[i]), EPIPE);
		CHECK_INT(recv(fds[i][0], &byte, 1, 0), 0);
		close(fds[i][0]);
		close(fds[i][1]);
	}
	ok("SHUT_WR");
	CHECK_ERRNO(shutdown(-1, SHUT_RD), EBADF);
	CHECK_ERRNO(shutdown(STDIN_FILENO, SHUT_RD), ENOTSOCK);
	CHECK_ERRNO(shutdown(socket(AF_INET, SOCK_STREAM, 0), SHUT_RD),
		    ENOTCONN);
	ok("errors");
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	run_both(checks);
	return 0;
}
