// TIMEOUT: 120
/*
 * A handler jumps out of accept, another waits in the middle of it, and a
 * thread is cancelled asynchronously there: the other threads can still
 * accept.
 */
#include "lib.h"
#include <setjmp.h>
#include <stddef.h>

#define JUMPS	400
#define CANCELS 200
#define WAITS	200

static struct sockaddr_un addr = { .sun_family = AF_UNIX };
static socklen_t addr_len;
static int listener, calls[2];
static volatile int done, connected, handled, taken;
static volatile sig_atomic_t inside;
static sigjmp_buf out;

static void take_one(void)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		FAIL("accept: errno %d", errno);
	close(fd);
	__atomic_add_fetch(&taken, 1, __ATOMIC_SEQ_CST);
}

static void make_one(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK_INT(connect(fd, (struct sockaddr *)&addr, addr_len), 0);
	close(fd);
}

static void *connects(void *argument)
{
	while (!done)
		make_one();
	return argument;
}

/* Until the connections end: one that waits for room in the backlog needs
 * another thread to accept. */
static void *takes(void *argument)
{
	while (!connected)
		take_one();
	return argument;
}

static void others_go_on(void)
{
	int before = taken;

	WAIT_UNTIL(taken >= before + 3);
}

static void on_jump(int sig)
{
	(void)sig;
	handled++;
	if (inside)
		siglongjmp(out, 1);
}

/* A connection that accept has just returned is lost. */
static void *jumps(void *argument)
{
	while (handled < JUMPS) {
		if (sigsetjmp(out, 1) == 0) {
			inside = 1;
			take_one();
		}
		inside = 0;
	}
	return argument;
}

/* The main thread continues only when the others have accepted more. */
static void on_wait(int sig)
{
	char byte;

	(void)sig;
	CHECK_INT(read(calls[0], &byte, 1), 1);
	handled++;
}

static void *waits(void *argument)
{
	while (handled < WAITS)
		take_one();
	return argument;
}

static void *is_cancelled(void *argument)
{
	int old;

	CHECK_INT(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old), 0);
	for (;;) /* nothing in this loop must complete */
		close(accept(listener, NULL, NULL));
	return argument;
}

int main(void)
{
	struct timespec moment = { 0, 50000 };
	pthread_t other[3], thread;

	stream_pair(calls);
	addr_len = (socklen_t)offsetof(struct sockaddr_un, sun_path) +
		   (socklen_t)sprintf(addr.sun_path + 1, "left-%d", getpid()) +
		   1;
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_INT(bind(listener, (struct sockaddr *)&addr, addr_len), 0);
	CHECK_INT(listen(listener, 16), 0);
	for (int i = 0; i < 3; i++)
		other[i] = start(i == 0 ? connects : takes, NULL);

	signal(SIGUSR1, on_jump);
	thread = start(jumps, NULL);
	while (handled < JUMPS) {
		pthread_kill(thread, SIGUSR1);
		nanosleep(&moment, NULL);
	}
	join(thread);
	others_go_on();
	ok("a handler that jumps out");

	handled = 0;
	signal(SIGHUP, on_wait);
	thread = start(waits, NULL);
	for (int i = 0; i < WAITS; i++) {
		pthread_kill(thread, SIGHUP);
		others_go_on();
		CHECK_INT(write(calls[1], "x", 1), 1);
		WAIT_UNTIL(handled > i);
	}
	join(thread);
	ok("a handler that waits");

	for (int i = 0; i < CANCELS; i++) {
		thread = start(is_cancelled, NULL);
		nanosleep(&moment, NULL);
		pthread_cancel(thread);
		join(thread);
	}
	others_go_on();
	ok("asynchronous cancellation");

	done = 1;
	join(other[0]);
	connected = 1;
	for (int i = 0; i < 2; i++)
		make_one();
	join(other[1]);
	join(other[2]);
	return 0;
}
