/*
 * socket(7), SO_RCVTIMEO and SO_SNDTIMEO: a call that waits longer fails with
 * EAGAIN, or returns what it moved; zero means for ever; each thread has its
 * own time; the values read back; an accepted socket inherits its listener's.
 */
#include "lib.h"

static void set_timeout(int fd, int name, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	CHECK_INT(setsockopt(fd, SOL_SOCKET, name, &tv, sizeof(tv)), 0);
}

static void *expires(void *argument)
{
	int ms = (int)(intptr_t)argument, fds[2];
	long long before;
	char byte;

	stream_pair(fds);
	set_timeout(fds[0], SO_RCVTIMEO, ms);
	before = now_ms();
	CHECK_ERRNO(read(fds[0], &byte, 1), EAGAIN);
	CHECK(now_ms() - before >= ms - 1);
	before = now_ms();
	CHECK_ERRNO(recv(fds[0], &byte, 1, 0), EAGAIN);
	CHECK(now_ms() - before >= ms - 1);
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	close(fds[1]);
	return NULL;
}

static void *late_writer(void *argument)
{
	sleep_ms(100);
	CHECK_INT(write((int)(intptr_t)argument, "x", 1), 1);
	return NULL;
}

static void checks(void)
{
	static char big[4 << 20];
	struct sockaddr_in addr;
	struct timeval tv;
	socklen_t len = sizeof(tv);
	pthread_t threads[50];
	int fds[2], listener;
	long long before;
	char data[10];

	for (int i = 0; i < 50; i++)
		threads[i] = start(expires, (void *)(intptr_t)(20 + i * 4));
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < 50; i++)
		join(threads[i]);
	ok("SO_RCVTIMEO in 50 threads");

	stream_pair(fds);
	CHECK_INT(getsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &tv, &len), 0);
	CHECK(tv.tv_sec == 0 && tv.tv_usec == 0);
	set_timeout(fds[0], SO_RCVTIMEO, 1500);
	CHECK_INT(getsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &tv, &len), 0);
	CHECK(tv.tv_sec == 1 && tv.tv_usec == 500000);
	CHECK_INT(getsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &tv, &len), 0);
	CHECK(tv.tv_sec == 0 && tv.tv_usec == 0);
	tv = (struct timeval){ 0, 1000000 };
	CHECK_ERRNO(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &tv,
			       sizeof(tv)),
		    EDOM);
	CHECK_ERRNO(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &tv, 1),
		    EINVAL);
	ok("read back");

	/* No timeout again: the data arrives after the old timeout. */
	set_timeout(fds[0], SO_RCVTIMEO, 30);
	set_timeout(fds[0], SO_RCVTIMEO, 0);
	threads[0] = start(late_writer, (void *)(intptr_t)fds[1]);
	CHECK_INT(read(fds[0], data, 1), 1);
	join(threads[0]);
	ok("zero is for ever");

	/* The timeout belongs to the socket, so a duplicate has it too. */
	set_timeout(fds[0], SO_RCVTIMEO, 30);
	fds[0] = dup(fds[0]);
	CHECK_ERRNO(read(fds[0], data, 1), EAGAIN);
	ok("a duplicate");

	/* When the time is over, only part of the data has arrived. */
	CHECK_INT(write(fds[1], "abc", 3), 3);
	CHECK_INT(recv(fds[0], data, 10, MSG_WAITALL), 3);
	CHECK_ERRNO(recv(fds[0], data, 10, MSG_WAITALL), EAGAIN);
	ok("MSG_WAITALL");
	close(fds[0]);
	close(fds[1]);

	for (int tcp = 0; tcp < 2; tcp++) {
		ssize_t put;

		open_pair(fds, tcp ? PAIR_TCP : PAIR_STREAM);
		set_timeout(fds[0], SO_SNDTIMEO, 60);
		before = now_ms();
		put = send(fds[0], big, sizeof(big), 0);
		CHECK(put > 0 && put < (ssize_t)sizeof(big));
		CHECK(now_ms() - before >= 59);
		/* There may be room for a little more by now. */
		while ((put = send(fds[0], big, sizeof(big), 0)) > 0)
			;
		CHECK_INT(errno, EAGAIN);
		CHECK_INT(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
		close(fds[0]);
		close(fds[1]);
	}
	ok("SO_SNDTIMEO");

	listener = tcp_listen(&addr, 1);
	set_timeout(listener, SO_RCVTIMEO, 40);
	fds[0] = tcp_connect(&addr);
	fds[1] = accept(listener, NULL, NULL);
	CHECK(fds[1] >= 0);
	CHECK_ERRNO(read(fds[1], data, 1), EAGAIN);
	close(fds[0]);
	close(fds[1]);
	close(listener);
	ok("inherited by accept");
}

int main(void)
{
	run_both(checks);
	return 0;
}
