/*
 * pidfd_open(2) with PIDFD_THREAD (Linux 6.9): the descriptor of one thread is
 * readable once that thread has ended, and not before. Without the flag, a tid
 * that is not a process's is refused.
 */
#include "lib.h"
#include <poll.h>

#define THREAD 0200 /* PIDFD_THREAD */

static int begun[2], gate[2];

static void *body(void *argument)
{
	char byte;

	*(int *)argument = (int)syscall(SYS_gettid);
	CHECK_INT(write(begun[1], "x", 1), 1);
	CHECK_INT(read(gate[0], &byte, 1), 1);
	return NULL;
}

static void checks(void)
{
	int fd, tid = 0;
	struct pollfd p = { .events = POLLIN };
	pthread_t thread;
	char byte;

	CHECK_INT(pipe(begun), 0);
	CHECK_INT(pipe(gate), 0);
	thread = start(body, &tid);
	CHECK_INT(read(begun[0], &byte, 1), 1);
	fd = (int)syscall(434, tid, 0);
	printf("without the flag: %d, errno %d\n", fd < 0 ? fd : 0, errno);
	fd = (int)syscall(434, tid, THREAD);
	if (fd < 0 && errno == EINVAL) {
		printf("Linux before 6.9\n");
		CHECK_INT(write(gate[1], "x", 1), 1);
		join(thread);
		return;
	}
	CHECK(fd >= 0);
	p.fd = fd;
	CHECK_INT(poll(&p, 1, 20), 0);
	CHECK_INT(write(gate[1], "x", 1), 1);
	join(thread);
	CHECK_INT(poll(&p, 1, 30000), 1);
	close(fd);
	fd = (int)syscall(434, 0x3ffffffe, THREAD);
	printf("of nobody: %d, errno %d\n", fd, errno);
	ok("one thread's end");
}

int main(void)
{
	join(start(call_, &(void (*)(void)){ checks }));
	return 0;
}
