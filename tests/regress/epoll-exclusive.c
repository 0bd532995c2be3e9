/*
 * epoll_ctl(2), EPOLLEXCLUSIVE: an event wakes one or more of the sets that wait
 * for it, not all of them, as it did. Natively it is one as long as others wait.
 */
#include "lib.h"
#include <sys/epoll.h>

#define WAITERS 8
#define EVENTS	4

static int fds[2], done[2];
static _Atomic int began;

static void wait_once(void)
{
	struct epoll_event event = { EPOLLIN | EPOLLET | EPOLLEXCLUSIVE,
				     { .fd = 9 } };
	int set = epoll_create1(0);

	CHECK_INT(epoll_ctl(set, EPOLL_CTL_ADD, fds[0], &event), 0);
	/* A wait that ends in time. */
	CHECK_INT(epoll_wait(set, &event, 1, 2), 0);
	began++;
	CHECK_INT(epoll_wait(set, &event, 1, -1), 1);
	CHECK_INT(event.data.fd, 9);
	CHECK_INT(write(done[1], "w", 1), 1);
	close(set);
}

static void *waiter(void *argument)
{
	wait_once();
	return argument;
}

static void one_each(void)
{
	struct pollfd p = { done[0], POLLIN, 0 };
	char byte;

	for (int i = 0; i < EVENTS; i++) {
		CHECK_INT(write(fds[1], "x", 1), 1);
		CHECK_INT(poll(&p, 1, 20000), 1);
		settle();
		CHECK_INT(read(done[0], &byte, 1), 1);
		CHECK_INT(poll(&p, 1, 0), 0);
		CHECK_INT(read(fds[0], &byte, 1), 1);
	}
	ok("one for each event");
}

static void checks(void)
{
	pthread_t threads[WAITERS];
	char bytes[WAITERS];

	CHECK_INT(pipe(fds), 0);
	CHECK_INT(pipe(done), 0);
	began = 0;
	for (int i = 0; i < WAITERS; i++)
		threads[i] = start(waiter, NULL);
	WAIT_UNTIL(began == WAITERS);
	settle();
	one_each();
	for (int i = EVENTS; i < WAITERS; i++) {
		CHECK_INT(write(fds[1], "x", 1), 1);
		read_all(done[0], bytes, 1);
		CHECK_INT(read(fds[0], bytes, 1), 1);
	}
	for (int i = 0; i < WAITERS; i++)
		join(threads[i]);
}

int main(void)
{
	run_both(checks);
	return 0;
}
