/*
 * epoll_wait(2): threads that share one epoll descriptor each handle some of
 * the events (one-shot, as thread pools do), and threads have one each; all
 * waits end, and no event is handled twice.
 */
#include "lib.h"
#include <sys/epoll.h>

#define WORKERS 50
#define SOCKETS 100
#define ROUNDS	20

static int epoll;
static int fds[SOCKETS][2];
static int handled;

static void arm(int op, int n)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT,
				     .data.u32 = n };

	CHECK_INT(epoll_ctl(epoll, op, fds[n][0], &event), 0);
}

static void *worker(void *argument)
{
	struct epoll_event event;
	char byte;

	(void)argument;
	for (;;) {
		CHECK_INT(epoll_wait(epoll, &event, 1, -1), 1);
		if (event.data.u32 == UINT32_MAX)
			return NULL;
		CHECK_INT(read(fds[event.data.u32][0], &byte, 1), 1);
		byte++;
		CHECK_INT(write(fds[event.data.u32][0], &byte, 1), 1);
		__atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST);
		arm(EPOLL_CTL_MOD, (int)event.data.u32);
	}
}

static void *alone(void *argument)
{
	struct epoll_event event = { .events = EPOLLIN };
	int mine = epoll_create1(0), fd = (int)(intptr_t)argument;

	CHECK_INT(epoll_ctl(mine, EPOLL_CTL_ADD, fd, &event), 0);
	CHECK_INT(epoll_wait(mine, &event, 1, -1), 1);
	close(mine);
	return NULL;
}

int main(void)
{
	struct epoll_event stop = { .events = EPOLLIN, .data.u32 = UINT32_MAX };
	pthread_t threads[WORKERS], alones[SOCKETS];
	int pair[2];

	epoll = epoll_create1(0);
	for (int i = 0; i < SOCKETS; i++) {
		stream_pair(fds[i]);
		arm(EPOLL_CTL_ADD, i);
	}
	for (int i = 0; i < WORKERS; i++)
		threads[i] = start(worker, NULL);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < SOCKETS; i++) {
			char byte = (char)(i + round);

			CHECK_INT(write(fds[i][1], &byte, 1), 1);
		}
		for (int i = 0; i < SOCKETS; i++) {
			char byte;

			CHECK_INT(read(fds[i][1], &byte, 1), 1);
			CHECK_INT(byte, (char)(i + round + 1));
		}
	}
	WAIT_UNTIL(__atomic_load_n(&handled, __ATOMIC_SEQ_CST) ==
		   SOCKETS * ROUNDS);
	CHECK_INT(pipe(pair), 0);
	CHECK_INT(write(pair[1], "x", 1), 1);
	CHECK_INT(epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &stop), 0);
	for (int i = 0; i < WORKERS; i++)
		join(threads[i]);
	ok("a pool of threads");

	for (int i = 0; i < SOCKETS; i++)
		alones[i] = start(alone, (void *)(intptr_t)fds[i][0]);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < SOCKETS; i++)
		CHECK_INT(write(fds[i][1], "x", 1), 1);
	for (int i = 0; i < SOCKETS; i++)
		join(alones[i]);
	ok("%d epoll descriptors", SOCKETS);
	return 0;
}
