/*
 * read(2) returns 0 when the last writer of a pipe closes or the peer of a
 * socket shuts down, also to a reader that waits already; a pipe that has
 * another writer is not at its end.
 */
#include "lib.h"

static int waiting;

static void *reader(void *argument)
{
	char byte;

	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	return (void *)(intptr_t)read((int)(intptr_t)argument, &byte, 1);
}

static void checks(void)
{
	int fds[2], more;
	pthread_t thread;

	CHECK_INT(pipe(fds), 0);
	more = dup(fds[1]);
	waiting = 0;
	thread = start(reader, (void *)(intptr_t)fds[0]);
	WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST));
	settle();
	close(fds[1]);
	settle();
	CHECK_INT(pthread_tryjoin_np(thread, NULL), EBUSY);
	close(more);
	CHECK_INT((intptr_t)join(thread), 0);
	close(fds[0]);
	ok("pipe");

	for (int tcp = 0; tcp < 2; tcp++) {
		open_pair(fds, tcp ? PAIR_TCP : PAIR_STREAM);
		thread = start(reader, (void *)(intptr_t)fds[0]);
		settle();
		if (tcp)
			CHECK_INT(shutdown(fds[1], SHUT_WR), 0);
		else
			CHECK_INT(close(fds[1]), 0);
		CHECK_INT((intptr_t)join(thread), 0);
		close(fds[0]);
		if (tcp)
			close(fds[1]);
		ok(tcp ? "TCP shutdown" : "socket pair close");
	}

	/* A reset connection: the error once, then the end. */
	struct linger now = { 1, 0 };
	char byte;

	tcp_pair(fds);
	CHECK_INT(setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &now, sizeof(now)),
		  0);
	close(fds[1]);
	CHECK_ERRNO(read(fds[0], &byte, 1), ECONNRESET);
	CHECK_INT(read(fds[0], &byte, 1), 0);
	close(fds[0]);
	ok("reset");
}

int main(void)
{
	run_both(checks);
	return 0;
}
