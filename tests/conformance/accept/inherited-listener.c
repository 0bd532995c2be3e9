/*
 * A listener inherited across exec (as from a supervisor) works in threads,
 * and its file flags, which the parent shares, do not change.
 */
#include "lib.h"

static void *acceptor(void *argument)
{
	int fd = accept(0, NULL, NULL);

	(void)argument;
	CHECK(fd >= 0);
	CHECK_INT(write(fd, "served", 6), 6);
	close(fd);
	return NULL;
}

static int child(void)
{
	pthread_t threads[5];

	for (int i = 0; i < 5; i++)
		threads[i] = start(acceptor, NULL);
	for (int i = 0; i < 5; i++)
		join(threads[i]);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr;
	int listener, flags;
	pid_t pid;

	if (argc > 1)
		return child();
	listener = tcp_listen(&addr, 5);
	flags = fcntl(listener, F_GETFL);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		dup2(listener, 0);
		execl("/proc/self/exe", argv[0], "child", (char *)NULL);
		_exit(127);
	}
	settle();
	for (int i = 0; i < 5; i++) {
		char data[6];
		int fd = tcp_connect(&addr);

		read_all(fd, data, 6);
		CHECK(memcmp(data, "served", 6) == 0);
		CHECK_INT(fcntl(listener, F_GETFL), flags);
		close(fd);
	}
	CHECK_INT(wait_for(pid), 0);
	CHECK_INT(fcntl(listener, F_GETFL), flags);
	ok("an inherited listener");
	return 0;
}
