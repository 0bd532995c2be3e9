/*
 * Hundreds of epoll sets that watch one descriptor, and sets nested as deep as
 * the kernel allows: the runtime's own sets made one level more, which the
 * kernel refused, and the program was aborted.
 */
#include "lib.h"
#include <sys/epoll.h>

#define SETS 700

static _Atomic int ready;
static int fds[2];

static void *waiter(void *argument)
{
	struct epoll_event event = { EPOLLIN, { .fd = 5 } };
	int set = epoll_create1(0);

	CHECK_INT(epoll_ctl(set, EPOLL_CTL_ADD, fds[0], &event), 0);
	ready++;
	CHECK_INT(epoll_wait(set, &event, 1, -1), 1);
	CHECK_INT(event.data.fd, 5);
	close(set);
	return argument;
}

static void many_sets(void)
{
	pthread_t threads[SETS];

	ready = 0;
	for (int i = 0; i < SETS; i++) {
		threads[i] = start_small(waiter, NULL);
		if (i % 50 == 0) {
			WAIT_UNTIL(ready == i + 1);
			settle();
		}
	}
	WAIT_UNTIL(ready == SETS);
	CHECK_INT(write(fds[1], "x", 1), 1);
	for (int i = 0; i < SETS; i++)
		join(threads[i]);
	ok("%d sets", SETS);
}

static void *late_writer(void *argument)
{
	sleep_ms(20);
	CHECK_INT(write(fds[1], "x", 1), 1);
	return argument;
}

/* poll has to go as deep as epoll_wait. */
static void wait_for_set(int set, int how)
{
	struct epoll_event event;
	struct pollfd p[2] = { { set, POLLIN, 0 }, { -1, 0, 0 } };
	pthread_t writer = start(late_writer, NULL);

	if (how)
		CHECK_INT(poll(p, 2, 20000), 1);
	else
		CHECK_INT(epoll_wait(set, &event, 1, 20000), 1);
	join(writer);
}

static void deep(void)
{
	struct epoll_event event = { EPOLLIN, { .fd = 5 } };
	int sets[8], depth, last = fds[0];
	char byte;

	for (depth = 0; depth < 8; depth++) {
		sets[depth] = epoll_create1(0);
		if (epoll_ctl(sets[depth], EPOLL_CTL_ADD, last, &event) < 0)
			break;
		last = sets[depth];
		for (int how = 0; how < 2; how++) {
			wait_for_set(last, how);
			CHECK_INT(read(fds[0], &byte, 1), 1);
			/* Nothing is left, and a wait ends in time. */
			CHECK_INT(epoll_wait(last, &event, 1, 5), 0);
		}
		event.events = EPOLLIN;
	}
	ok("%d deep: %s", depth, strerror(errno));
	for (int i = 0; i <= depth; i++)
		close(sets[i]);
}

/* The lowest set gets one more below it, while the highest is waited for. */
static void one_below(void)
{
	struct epoll_event event = { EPOLLIN, { .fd = 5 } };
	int sets[5];
	char byte;

	for (int i = 0; i < 5; i++) {
		sets[i] = epoll_create1(0);
		if (i > 1)
			CHECK_INT(epoll_ctl(sets[i], EPOLL_CTL_ADD, sets[i - 1],
					    &event),
				  0);
	}
	CHECK_INT(epoll_wait(sets[4], &event, 1, 5), 0);
	event.events = EPOLLIN;
	CHECK_INT(epoll_ctl(sets[0], EPOLL_CTL_ADD, fds[0], &event), 0);
	CHECK_INT(epoll_ctl(sets[1], EPOLL_CTL_ADD, sets[0], &event), 0);
	wait_for_set(sets[4], 0);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	for (int i = 0; i < 5; i++)
		close(sets[i]);
	ok("one below");
}

static void checks(void)
{
	char byte;

	CHECK_INT(pipe(fds), 0);
	deep();
	one_below();
	many_sets();
	CHECK_INT(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	run_both(checks);
	return 0;
}
