/*
 * dup(2), dup2(2), dup3(2), F_DUPFD: numbers, FD_CLOEXEC, and one open file
 * behind all duplicates: its O_NONBLOCK applies to each of them, and a thread
 * can wait for data on any of them; errors.
 */
#include "lib.h"

static void *late_writer(void *argument)
{
	sleep_ms(20);
	CHECK_INT(write((int)(intptr_t)argument, "x", 1), 1);
	return NULL;
}

static void *read_one(void *argument)
{
	char byte;

	CHECK_INT(read((int)(intptr_t)argument, &byte, 1), 1);
	return NULL;
}

static void checks(void)
{
	int fds[2], other, third;
	pthread_t threads[3], thread;
	char byte;

	for (int kind = 0; kind < PAIR_KINDS; kind++) {
		open_pair(fds, kind);
		other = dup(fds[0]);
		CHECK(other >= 0);
		thread = start(late_writer, (void *)(intptr_t)fds[1]);
		CHECK_INT(read(other, &byte, 1), 1);
		join(thread);

		/* A thread can wait on each duplicate; the data is shared. */
		third = fcntl(fds[0], F_DUPFD_CLOEXEC, 100);
		CHECK(third >= 100);
		CHECK_INT(fcntl(third, F_GETFD), FD_CLOEXEC);
		threads[0] = start(read_one, (void *)(intptr_t)fds[0]);
		threads[1] = start(read_one, (void *)(intptr_t)other);
		threads[2] = start(read_one, (void *)(intptr_t)third);
		settle();
		CHECK_INT(write(fds[1], "abc", 3), 3);
		for (int i = 0; i < 3; i++)
			join(threads[i]);

		CHECK_INT(fcntl(other, F_SETFL,
				fcntl(other, F_GETFL) | O_NONBLOCK),
			  0);
		CHECK(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
		CHECK_ERRNO(read(fds[0], &byte, 1), EAGAIN);
		CHECK_ERRNO(read(third, &byte, 1), EAGAIN);
		close(other);
		CHECK_ERRNO(read(fds[0], &byte, 1), EAGAIN);
		CHECK_INT(fcntl(third, F_SETFL,
				fcntl(third, F_GETFL) & ~O_NONBLOCK),
			  0);
		thread = start(late_writer, (void *)(intptr_t)fds[1]);
		CHECK_INT(read(fds[0], &byte, 1), 1);
		join(thread);
		/* The first is closed, the other stays open. */
		close(fds[0]);
		thread = start(late_writer, (void *)(intptr_t)fds[1]);
		CHECK_INT(read(third, &byte, 1), 1);
		join(thread);
		close(third);
		close(fds[1]);
	}
	ok("one open file");

	CHECK_INT(pipe(fds), 0);
	CHECK_INT(dup2(fds[0], fds[0]), fds[0]);
	CHECK_ERRNO(dup3(fds[0], fds[0], 0), EINVAL);
	CHECK_INT(dup2(fds[0], 200), 200);
	CHECK_INT(fcntl(200, F_GETFD), 0);
	CHECK_INT(dup3(fds[0], 200, O_CLOEXEC), 200);
	CHECK_INT(fcntl(200, F_GETFD), FD_CLOEXEC);
	CHECK_INT(fcntl(fds[0], F_DUPFD, 300), 300);
	CHECK_ERRNO(dup(-1), EBADF);
	CHECK_ERRNO(dup2(-1, 200), EBADF);
	CHECK_INT(fcntl(200, F_GETFD), FD_CLOEXEC);
	CHECK_ERRNO(dup2(fds[0], -1), EBADF);
	CHECK_ERRNO(dup2(fds[0], 1 << 30), EBADF);
	CHECK_ERRNO(dup3(fds[0], 201, 0x40), EINVAL);
	CHECK_ERRNO(fcntl(fds[0], F_DUPFD, -1), EINVAL);
	close(200);
	close(300);
	close(fds[0]);
	close(fds[1]);
	ok("numbers and errors");

	/* dup2 over an open descriptor: from now on it is the other file. */
	stream_pair(fds);
	CHECK_INT(fcntl(fds[0], F_SETFL, O_RDWR | O_NONBLOCK), 0);
	CHECK_ERRNO(read(fds[0], &byte, 1), EAGAIN);
	int pipe_fds[2];
	CHECK_INT(pipe(pipe_fds), 0);
	CHECK_INT(dup2(pipe_fds[0], fds[0]), fds[0]);
	CHECK_INT(read(fds[1], &byte, 1), 0);
	thread = start(late_writer, (void *)(intptr_t)pipe_fds[1]);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	join(thread);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	CHECK_INT(read(fds[0], &byte, 1), 0);
	close(fds[0]);
	close(fds[1]);
	ok("over an open one");
}

int main(void)
{
	run_both(checks);
	return 0;
}
