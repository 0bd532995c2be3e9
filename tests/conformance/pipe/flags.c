/*
 * pipe(2), pipe2(2): O_CLOEXEC, O_NONBLOCK, O_DIRECT (packets); F_GETFL shows
 * exactly what was asked; capacity by F_SETPIPE_SZ.
 */
#include "lib.h"

static int fds[2];

static void *packet_writer(void *argument)
{
	(void)argument;
	sleep_ms(20);
	CHECK_INT(write(fds[1], "one", 3), 3);
	CHECK_INT(write(fds[1], "three", 5), 5);
	return NULL;
}

static void *filler(void *argument)
{
	static char data[200000];

	(void)argument;
	CHECK_INT(write(fds[1], data, sizeof(data)), sizeof(data));
	return NULL;
}

static void checks(void)
{
	static char data[200000];
	pthread_t thread;

	CHECK_INT(pipe(fds), 0);
	CHECK_INT(fcntl(fds[0], F_GETFL), O_RDONLY);
	CHECK_INT(fcntl(fds[1], F_GETFL), O_WRONLY);
	CHECK_INT(fcntl(fds[0], F_GETFD), 0);
	close(fds[0]);
	close(fds[1]);
	CHECK_INT(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	CHECK_INT(fcntl(fds[0], F_GETFL), O_RDONLY | O_NONBLOCK);
	CHECK_INT(fcntl(fds[1], F_GETFL), O_WRONLY | O_NONBLOCK);
	CHECK_INT(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
	CHECK_ERRNO(read(fds[0], data, 1), EAGAIN);
	close(fds[0]);
	close(fds[1]);
	CHECK_ERRNO(pipe2(fds, 0x40000000), EINVAL);
	CHECK_ERRNO(pipe(UNSEEN((int *)8)), EFAULT);
	ok("flags");

	CHECK_INT(pipe2(fds, O_DIRECT), 0);
	thread = start(packet_writer, NULL);
	CHECK_INT(read(fds[0], data, 100), 3);
	CHECK_INT(read(fds[0], data, 2), 2);
	join(thread);
	close(fds[0]);
	close(fds[1]);
	ok("packets");

	CHECK_INT(pipe(fds), 0);
	CHECK_INT(fcntl(fds[1], F_SETPIPE_SZ, 4096), 4096);
	thread = start(filler, NULL);
	settle();
	/*
	 * Enlarged while a writer waits: the writer continues without a reader.
	 */
	CHECK_INT(fcntl(fds[0], F_SETPIPE_SZ, 1 << 18), 1 << 18);
	CHECK_INT(fcntl(fds[0], F_GETPIPE_SZ), 1 << 18);
	read_all(fds[0], data, sizeof(data));
	join(thread);
	close(fds[0]);
	close(fds[1]);
	ok("capacity");
}

int main(void)
{
	run_both(checks);
	return 0;
}
