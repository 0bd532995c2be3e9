/*
 * epoll_wait, epoll_pwait, epoll_pwait2: timeouts, in milliseconds and finer;
 * interest added by another thread during a wait; waiting on an empty set.
 */
#include "lib.h"
#include <sys/epoll.h>

static int epoll, fds[2];

static void *late_adder(void *argument)
{
	struct epoll_event event = { .events = EPOLLIN };

	(void)argument;
	sleep_ms(20);
	CHECK_INT(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event), 0);
	return NULL;
}

static void checks(void)
{
	struct epoll_event event;
	struct timespec fine = { 0, 1500000 }, zero = { 0, 0 }, bad = { 0, -5 };
	long long before;
	sigset_t mask;
	pthread_t thread;

	sigemptyset(&mask);
	epoll = epoll_create1(0);
	before = now_ms();
	CHECK_INT(epoll_wait(epoll, &event, 1, 40), 0);
	CHECK(now_ms() - before >= 39);
	before = now_ms();
	CHECK_INT(epoll_pwait(epoll, &event, 1, 30, &mask), 0);
	CHECK(now_ms() - before >= 29);
	before = now_ns();
	CHECK_INT(epoll_pwait2(epoll, &event, 1, &fine, NULL), 0);
	CHECK(now_ns() - before >= 1500000);
	CHECK_INT(epoll_pwait2(epoll, &event, 1, &zero, &mask), 0);
	CHECK_ERRNO(epoll_pwait2(epoll, &event, 1, &bad, NULL), EINVAL);
	ok("timeouts");

	CHECK_INT(pipe(fds), 0);
	CHECK_INT(write(fds[1], "x", 1), 1);
	thread = start(late_adder, NULL);
	CHECK_INT(epoll_wait(epoll, &event, 1, -1), 1);
	join(thread);
	CHECK_INT(epoll_ctl(epoll, EPOLL_CTL_DEL, fds[0], NULL), 0);
	thread = start(late_adder, NULL);
	CHECK_INT(epoll_pwait2(epoll, &event, 1, NULL, &mask), 1);
	join(thread);
	close(epoll);
	close(fds[0]);
	close(fds[1]);
	ok("added meanwhile");
}

int main(void)
{
	run_both(checks);
	return 0;
}
