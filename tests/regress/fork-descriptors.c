/*
 * A child sees the descriptors of its parent and no others: one that the
 * runtime had opened to keep its own out of the way once stayed open.
 */
#include "lib.h"

static int lowest_free(void)
{
	int fd = dup(0);

	CHECK(fd >= 0);
	close(fd);
	return fd;
}

static int open_ones(void)
{
	int n = 0;

	for (int fd = 0; fd < 1000; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

static void forks(int generations)
{
	int lowest = lowest_free(), all = open_ones();
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK_INT(lowest_free(), lowest);
		CHECK_INT(open_ones(), all);
		be_threaded();
		CHECK_INT(lowest_free(), lowest);
		CHECK_INT(open_ones(), all);
		if (generations)
			forks(generations - 1);
		_exit(0);
	}
	CHECK_INT(wait_for(pid), 0);
	CHECK_INT(lowest_free(), lowest);
	CHECK_INT(open_ones(), all);
}

int main(void)
{
	be_threaded();
	forks(2);
	ok("no more than before");
	return 0;
}
