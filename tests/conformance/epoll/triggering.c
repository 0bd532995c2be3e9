/*
 * epoll(7): level-, edge- and one-shot triggering, EPOLL_CTL_MOD, a descriptor
 * closed, a duplicate kept; seen by threads that wait and by calls with
 * timeout 0.
 */
#include "lib.h"
#include <sys/epoll.h>

static int fds[2];

static void *late_writer(void *argument)
{
	(void)argument;
	sleep_ms(20);
	CHECK_INT(write(fds[1], "abcd", 4), 4);
	return NULL;
}

static void add(int epoll, int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = { .events = events, .data.u64 = data };

	CHECK_INT(epoll_ctl(epoll, op, fd, &event), 0);
}

static void checks(void)
{
	struct epoll_event events[4];
	pthread_t thread;
	char data[10];
	int epoll = epoll_create1(EPOLL_CLOEXEC), copy;

	CHECK(epoll >= 0);
	CHECK_INT(fcntl(epoll, F_GETFD), FD_CLOEXEC);
	stream_pair(fds);
	add(epoll, EPOLL_CTL_ADD, fds[0], EPOLLIN, 1234567890123ULL);
	CHECK_INT(epoll_wait(epoll, events, 4, 0), 0);
	thread = start(late_writer, NULL);
	CHECK_INT(epoll_wait(epoll, events, 4, -1), 1);
	CHECK_INT(events[0].events, EPOLLIN);
	CHECK_INT(events[0].data.u64, 1234567890123ULL);
	join(thread);
	CHECK_INT(read(fds[0], data, 2), 2);
	CHECK_INT(epoll_wait(epoll, events, 4, 20000), 1);
	CHECK_INT(read(fds[0], data, 2), 2);
	CHECK_INT(epoll_wait(epoll, events, 4, 20), 0);
	ok("level");

	add(epoll, EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLET, 2);
	thread = start(late_writer, NULL);
	CHECK_INT(epoll_wait(epoll, events, 4, -1), 1);
	CHECK_INT(events[0].data.u64, 2);
	join(thread);
	CHECK_INT(read(fds[0], data, 2), 2);
	CHECK_INT(epoll_wait(epoll, events, 4, 20), 0);
	thread = start(late_writer, NULL);
	CHECK_INT(epoll_wait(epoll, events, 4, -1), 1);
	join(thread);
	/* Reading, and waiting in reads, does not consume edges. */
	CHECK_INT(read(fds[0], data, 10), 6);
	thread = start(late_writer, NULL);
	CHECK_INT(read(fds[0], data, 10), 4);
	join(thread);
	CHECK_INT(epoll_wait(epoll, events, 4, 0), 0);
	thread = start(late_writer, NULL);
	CHECK_INT(epoll_wait(epoll, events, 4, -1), 1);
	join(thread);
	CHECK_INT(read(fds[0], data, 10), 4);
	ok("edge");

	add(epoll, EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLONESHOT, 3);
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK_INT(epoll_wait(epoll, events, 4, -1), 1);
	CHECK_INT(epoll_wait(epoll, events, 4, 20), 0);
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK_INT(epoll_wait(epoll, events, 4, 20), 0);
	add(epoll, EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLONESHOT, 3);
	CHECK_INT(epoll_wait(epoll, events, 4, -1), 1);
	ok("one-shot");

	add(epoll, EPOLL_CTL_MOD, fds[0], EPOLLIN, 4);
	copy = dup(fds[0]);
	close(fds[0]);
	CHECK_INT(epoll_wait(epoll, events, 4, 20), 1);
	CHECK_INT(events[0].data.u64, 4);
	close(copy);
	CHECK_INT(epoll_wait(epoll, events, 4, 20), 0);
	close(fds[1]);
	ok("close");

	/* Changed while a thread waits. */
	stream_pair(fds);
	add(epoll, EPOLL_CTL_ADD, fds[0], EPOLLOUT, 5);
	CHECK_INT(epoll_wait(epoll, events, 4, -1), 1);
	CHECK_INT(events[0].events, EPOLLOUT);
	add(epoll, EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLRDHUP, 5);
	CHECK_INT(epoll_wait(epoll, events, 4, 0), 0);
	close(fds[1]);
	CHECK_INT(epoll_wait(epoll, events, 4, -1), 1);
	CHECK_INT(events[0].events, EPOLLIN | EPOLLRDHUP | EPOLLHUP);
	CHECK_INT(epoll_ctl(epoll, EPOLL_CTL_DEL, fds[0], NULL), 0);
	CHECK_INT(epoll_wait(epoll, events, 4, 0), 0);
	close(fds[0]);
	close(epoll);
	ok("hang-up and removal");
}

int main(void)
{
	run_both(checks);
	return 0;
}
