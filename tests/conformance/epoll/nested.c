/*
 * epoll(7): an epoll descriptor can itself be polled: by poll, select and
 * another epoll; a thread can wait at each level.
 */
#include "lib.h"
#include <sys/epoll.h>
#include <sys/select.h>

static int fds[2];

static void *late_writer(void *argument)
{
	(void)argument;
	sleep_ms(20);
	CHECK_INT(write(fds[1], "x", 1), 1);
	return NULL;
}

static void checks(void)
{
	struct epoll_event event = { .events = EPOLLIN }, got;
	int inner = epoll_create1(0), outer = epoll_create1(0);
	struct pollfd pollfd = { inner, POLLIN, 0 };
	pthread_t thread;
	fd_set set;
	char byte;

	CHECK_INT(pipe(fds), 0);
	event.data.u32 = 1;
	CHECK_INT(epoll_ctl(inner, EPOLL_CTL_ADD, fds[0], &event), 0);
	event.data.u32 = 2;
	CHECK_INT(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event), 0);
	CHECK_INT(epoll_wait(outer, &got, 1, 0), 0);
	thread = start(late_writer, NULL);
	CHECK_INT(epoll_wait(outer, &got, 1, -1), 1);
	CHECK_INT(got.data.u32, 2);
	CHECK_INT(epoll_wait(inner, &got, 1, 0), 1);
	CHECK_INT(got.data.u32, 1);
	join(thread);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	CHECK_INT(epoll_wait(outer, &got, 1, 0), 0);
	ok("epoll in epoll");

	thread = start(late_writer, NULL);
	CHECK_INT(poll(&pollfd, 1, -1), 1);
	CHECK_INT(pollfd.revents, POLLIN);
	join(thread);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	ok("epoll in poll");

	FD_ZERO(&set);
	FD_SET(outer, &set);
	thread = start(late_writer, NULL);
	CHECK_INT(select(outer + 1, &set, NULL, NULL, NULL), 1);
	join(thread);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	ok("epoll in epoll in select");
	close(inner);
	close(outer);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	run_both(checks);
	return 0;
}
