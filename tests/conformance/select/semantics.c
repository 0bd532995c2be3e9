/*
 * select(2), pselect(2): sets rewritten, the count over all three, the time
 * left written back by select (as Linux does) but not by pselect, no
 * descriptors as a sleep, EBADF, EINVAL; 100 threads at once.
 */
#include "lib.h"
#include <sys/select.h>

static int fds[2];

static void *late_writer(void *argument)
{
	(void)argument;
	sleep_ms(30);
	CHECK_INT(write(fds[1], "x", 1), 1);
	return NULL;
}

static void checks(void)
{
	fd_set in, out;
	struct timeval tv = { 20, 0 };
	struct timespec ts = { 0, 30000000 };
	long long before;
	pthread_t thread;
	int max;
	char byte;

	stream_pair(fds);
	max = fds[0] > fds[1] ? fds[0] : fds[1];
	thread = start(late_writer, NULL);
	FD_ZERO(&in);
	FD_SET(fds[0], &in);
	FD_SET(fds[1], &in);
	CHECK_INT(select(max + 1, &in, NULL, NULL, &tv), 1);
	CHECK(FD_ISSET(fds[0], &in) && !FD_ISSET(fds[1], &in));
	CHECK(tv.tv_sec < 20);
	join(thread);
	FD_ZERO(&out);
	FD_SET(fds[0], &out);
	FD_SET(fds[1], &out);
	CHECK_INT(select(max + 1, &in, &out, NULL, NULL), 3);
	CHECK(FD_ISSET(fds[0], &in) && FD_ISSET(fds[0], &out) &&
	      FD_ISSET(fds[1], &out));
	CHECK_INT(read(fds[0], &byte, 1), 1);
	ok("sets");

	tv = (struct timeval){ 0, 50000 };
	before = now_ms();
	CHECK_INT(select(max + 1, &in, NULL, NULL, &tv), 0);
	CHECK(now_ms() - before >= 49);
	CHECK(!FD_ISSET(fds[0], &in));
	CHECK(tv.tv_sec == 0 && tv.tv_usec == 0);
	FD_SET(fds[0], &in);
	tv = (struct timeval){ 0, 0 };
	CHECK_INT(select(max + 1, &in, NULL, NULL, &tv), 0);
	tv = (struct timeval){ 0, 20000 };
	before = now_ms();
	CHECK_INT(select(0, NULL, NULL, NULL, &tv), 0);
	CHECK(now_ms() - before >= 19);
	ok("timeouts");

	FD_SET(fds[0], &in);
	before = now_ms();
	CHECK_INT(pselect(max + 1, &in, NULL, NULL, &ts, NULL), 0);
	CHECK(now_ms() - before >= 29);
	CHECK_INT(ts.tv_nsec, 30000000);
	ok("pselect");

	/* Only descriptors below nfds count. */
	FD_SET(max + 1, &in);
	tv = (struct timeval){ 0, 0 };
	CHECK_INT(select(max + 1, &in, NULL, NULL, &tv), 0);
	FD_ZERO(&in);
	/*
	 * Below the size of the kernel's smallest table: it ignores what is
	 * beyond.
	 */
	FD_SET(60, &in);
	CHECK_ERRNO(select(61, &in, NULL, NULL, NULL), EBADF);
	CHECK_ERRNO(select(-1, &in, NULL, NULL, NULL), EINVAL);
	tv.tv_sec = -1;
	CHECK_ERRNO(select(0, NULL, NULL, NULL, &tv), EINVAL);
	close(fds[0]);
	close(fds[1]);
	ok("errors");
}

static int pairs[100][2];

static void *waiter(void *argument)
{
	int fd = pairs[(intptr_t)argument][0];
	fd_set in;
	char byte;

	FD_ZERO(&in);
	FD_SET(fd, &in);
	CHECK_INT(select(fd + 1, &in, NULL, NULL, NULL), 1);
	CHECK_INT(read(fd, &byte, 1), 1);
	CHECK_INT(byte, (int)(intptr_t)argument);
	return NULL;
}

int main(void)
{
	pthread_t threads[100];

	run_both(checks);
	for (int i = 0; i < 100; i++) {
		CHECK_INT(pipe(pairs[i]), 0);
		threads[i] = start(waiter, (void *)(intptr_t)i);
	}
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < 100; i++) {
		char byte = (char)i;

		CHECK_INT(write(pairs[i][1], &byte, 1), 1);
	}
	for (int i = 0; i < 100; i++)
		join(threads[i]);
	ok("100 threads");
	return 0;
}
