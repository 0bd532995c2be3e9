/*
 * read(2) and write(2), ERRORS: the kernel's refusals arrive with the same
 * errno, and a descriptor that the program made non-blocking does not wait.
 */
#include "lib.h"
#include <sys/mman.h>

static void checks(void)
{
	char byte;
	int fds[2], dir, only;
	void *hole = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	CHECK(hole != MAP_FAILED);
	CHECK_ERRNO(read(-1, &byte, 1), EBADF);
	CHECK_ERRNO(read(19999, &byte, 1), EBADF);
	CHECK_ERRNO(read(1 << 30, &byte, 1), EBADF);
	CHECK_ERRNO(read(INT_MIN, &byte, 1), EBADF);
	CHECK_ERRNO(write(-1, &byte, 1), EBADF);
	CHECK_ERRNO(write(INT_MAX, &byte, 1), EBADF);
	ok("EBADF: no such descriptor");

	dir = open("/", O_RDONLY | O_DIRECTORY);
	CHECK(dir >= 0);
	CHECK_ERRNO(read(dir, &byte, 1), EISDIR);
	CHECK_ERRNO(write(dir, &byte, 1), EBADF);
	close(dir);
	ok("EISDIR");

	dir = open("/", O_PATH);
	CHECK_ERRNO(read(dir, &byte, 1), EBADF);
	close(dir);
	ok("EBADF: O_PATH");

	CHECK_INT(pipe(fds), 0);
	CHECK_ERRNO(write(fds[0], "x", 1), EBADF);
	CHECK_ERRNO(read(fds[1], &byte, 1), EBADF);
	ok("EBADF: the wrong end");

	CHECK_INT(write(fds[1], "xy", 2), 2);
	CHECK_ERRNO(read(fds[0], hole, 1), EFAULT);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	CHECK_INT(read(fds[0], &byte, 0), 0);
	CHECK_ERRNO(write(fds[1], hole, 4096), EFAULT);
	CHECK_INT(write(fds[1], NULL, 0), 0);
	close(fds[0]);
	close(fds[1]);
	ok("EFAULT");

	stream_pair(fds);
	CHECK_INT(write(fds[1], "x", 1), 1);
	CHECK_ERRNO(read(fds[0], hole, 1), EFAULT);
	CHECK_ERRNO(send(fds[0], hole, 1, 0), EFAULT);
	/* Reading nothing does not wait. */
	CHECK_INT(read(fds[0], &byte, 1), 1);
	CHECK_INT(read(fds[0], &byte, 0), 0);
	close(fds[0]);
	close(fds[1]);
	ok("EFAULT on a socket");

	only = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_ERRNO(read(only, &byte, 1), ENOTCONN);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERRNO(write(only, &byte, 1), EPIPE);
	close(only);
	ok("not connected");

	CHECK_INT(pipe2(fds, O_NONBLOCK), 0);
	CHECK_ERRNO(read(fds[0], &byte, 1), EAGAIN);
	while (write(fds[1], "0123456789abcdef", 16) == 16)
		;
	CHECK_INT(errno, EAGAIN);
	close(fds[0]);
	close(fds[1]);
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	CHECK_ERRNO(read(fds[0], &byte, 1), EAGAIN);
	CHECK_ERRNO(recv(fds[0], &byte, 1, 0), EAGAIN);
	close(fds[0]);
	close(fds[1]);
	ok("EAGAIN: the program's own O_NONBLOCK");

	CHECK_ERRNO(read(fds[0], &byte, 1), EBADF);
	CHECK_ERRNO(write(fds[1], &byte, 1), EBADF);
	CHECK_ERRNO(close(fds[0]), EBADF);
	ok("EBADF: closed");
	munmap(hole, 4096);
}

int main(void)
{
	run_both(checks);
	return 0;
}
