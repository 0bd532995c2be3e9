/*
 * Calls with flags that only the kernel can serve wait like any other: a
 * timeout, a signal, a cancellation or the peer's end interrupts them, and while
 * nothing has come, many wait at once.
 */
#include "lib.h"

static int fds[2], pipes, kicks;

static void on_pipe(int signo)
{
	(void)signo;
	pipes++;
}

static void on_kick(int signo)
{
	(void)signo;
	kicks++;
}

static void *receive_all(void *argument)
{
	char data[10];

	CHECK_ERRNO(recv(fds[0], data, 10, MSG_WAITALL), EINTR);
	return argument;
}

static void *be_cancelled(void *argument)
{
	char data[10];

	(void)argument;
	recv(fds[0], data, 10, MSG_WAITALL);
	pthread_testcancel(); /* some libc return a partial result first */
	return NULL;
}

static void *be_cancelled_sending(void *argument)
{
	static char large[4 << 20];

	(void)argument;
	send(fds[0], large, sizeof(large), MSG_EOR);
	pthread_testcancel();
	return NULL;
}

static void interrupts(int kind)
{
	static char large[4 << 20];
	struct timeval soon = { 0, 50000 };
	char data[10];
	pthread_t thread;

	open_pair(fds, kind);
	CHECK_INT(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &soon,
			     sizeof(soon)),
		  0);
	CHECK_ERRNO(recv(fds[0], data, 10, MSG_WAITALL), EAGAIN);
	write_all(fds[1], "abc", 3);
	CHECK_INT(recv(fds[0], data, 10, MSG_WAITALL), 3);
	CHECK_INT(setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &soon,
			     sizeof(soon)),
		  0);
	CHECK(send(fds[0], large, sizeof(large), MSG_EOR) <
	      (ssize_t)sizeof(large));
	close(fds[0]);
	close(fds[1]);
	ok("timeouts");

	for (int begun = 0; begun < 2; begun++) {
		open_pair(fds, kind);
		if (begun)
			write_all(fds[1], "abc", 3);
		thread = start(be_cancelled, NULL);
		sleep_ms(20);
		CHECK_INT(pthread_cancel(thread), 0);
		CHECK(join(thread) == PTHREAD_CANCELED);
		close(fds[0]);
		close(fds[1]);
	}
	open_pair(fds, kind);
	thread = start(be_cancelled_sending, NULL);
	sleep_ms(20);
	CHECK_INT(pthread_cancel(thread), 0);
	CHECK(join(thread) == PTHREAD_CANCELED);
	close(fds[0]);
	close(fds[1]);
	ok("cancelled");

	open_pair(fds, kind);
	thread = start(receive_all, NULL);
	sleep_ms(20);
	CHECK_INT(pthread_kill(thread, SIGUSR1), 0);
	join(thread);
	CHECK_INT(kicks, 1);
	kicks = 0;
	close(fds[0]);
	close(fds[1]);
	ok("interrupted");
}

static void peer_is_gone(void)
{
	stream_pair(fds);
	close(fds[1]);
	CHECK_ERRNO(send(fds[0], "x", 1, MSG_EOR), EPIPE);
	CHECK_INT(pipes, 1);
	CHECK_ERRNO(send(fds[0], "x", 1, MSG_EOR | MSG_NOSIGNAL), EPIPE);
	CHECK_INT(pipes, 1);
	pipes = 0;
	close(fds[0]);
	ok("the peer is gone");
}

enum { MANY = 200 };

static int pairs[MANY][2];

static void *wait_for_all(void *argument)
{
	char data[4];

	CHECK_INT(recv(pairs[(intptr_t)argument][0], data, 4, MSG_WAITALL), 4);
	return NULL;
}

static void many(void)
{
	pthread_t threads[MANY];

	for (int i = 0; i < MANY; i++) {
		stream_pair(pairs[i]);
		threads[i] = start_small(wait_for_all, (void *)(intptr_t)i);
	}
	sleep_ms(50);
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < MANY; i++) {
		write_all(pairs[i][1], "abcd", 4);
		join(threads[i]);
		close(pairs[i][0]);
		close(pairs[i][1]);
	}
	ok("many");
}

static void checks(void)
{
	interrupts(PAIR_STREAM);
	interrupts(PAIR_TCP);
	peer_is_gone();
	many();
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_pipe };

	sigaction(SIGPIPE, &sa, NULL);
	sa.sa_handler = on_kick;
	sigaction(SIGUSR1, &sa, NULL);
	run_both(checks);
	return 0;
}
