/*
 * A handler that jumps out of a wait, or a cancellation inside a handler,
 * leaves nothing of the wait behind: the descriptors can be used and closed,
 * and the stack that held the wait's records may be overwritten.
 */
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>

#include "lib.h"

#define ROUNDS 100

static int pipes[3][2], elsewhere[2];
static __thread sigjmp_buf back;
static _Atomic int waiting, jumped;

static void jump(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

static void read_elsewhere(int sig)
{
	char c;

	(void)sig;
	waiting = 2;
	CHECK(read(elsewhere[0], &c, 1) != 1);
}

static void __attribute__((noinline)) write_over_stack(void)
{
	volatile char junk[4096];

	memset((char *)junk, 0, sizeof(junk));
}

static void wait_somehow(int i)
{
	struct pollfd p[3] = { { pipes[0][0], POLLIN, 0 },
			       { pipes[1][0], POLLIN, 0 },
			       { pipes[2][0], POLLIN, 0 } };
	char c;

	waiting = 1;
	if (i % 2)
		poll(p, 3, -1);
	else
		CHECK(read(pipes[0][0], &c, 1) != 1);
}

static void *jumper(void *argument)
{
	for (volatile int i = 0; i < ROUNDS; i++) {
		if (!sigsetjmp(back, 1))
			wait_somehow(i);
		write_over_stack();
		waiting = 0;
		jumped++;
	}
	return argument;
}

static void *reader(void *argument)
{
	wait_somehow(0);
	return argument;
}

int main(void)
{
	pthread_t thread;
	void *result;
	int i;

	for (i = 0; i < 3; i++)
		CHECK_INT(pipe(pipes[i]), 0);
	CHECK_INT(pipe(elsewhere), 0);
	signal(SIGUSR1, jump);
	CHECK_INT(pthread_create(&thread, NULL, jumper, NULL), 0);
	for (i = 0; i < ROUNDS; i++) {
		while (waiting != 1)
			sched_yield();
		usleep(i % 3 * 300);
		pthread_kill(thread, SIGUSR1);
		while (jumped <= i)
			sched_yield();
	}
	CHECK_INT(pthread_join(thread, NULL), 0);
	for (i = 0; i < 3; i++)
		CHECK_INT(write(pipes[i][1], "x", 1), 1);
	for (i = 0; i < 3; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
		CHECK_INT(pipe(pipes[i]), 0);
	}

	signal(SIGUSR1, read_elsewhere);
	CHECK_INT(pthread_create(&thread, NULL, reader, NULL), 0);
	while (waiting != 1)
		sched_yield();
	usleep(20000);
	pthread_kill(thread, SIGUSR1);
	while (waiting != 2)
		sched_yield();
	usleep(20000);
	pthread_cancel(thread);
	CHECK_INT(pthread_join(thread, &result), 0);
	CHECK(result == PTHREAD_CANCELED);
	for (i = 0; i < 3; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
	puts("done");
	return 0;
}
