/*
 * flock(2), lockf(3), fcntl(2): what is refused at once, shared locks, ranges,
 * deadlock between two processes.
 */
#include "lib.h"
#include <sys/file.h>

static char path[] = "/tmp/conformance.XXXXXX";

static void flocks(void)
{
	int one = open(path, O_RDWR), two = open(path, O_RDWR);

	CHECK_INT(flock(one, LOCK_SH), 0);
	CHECK_INT(flock(two, LOCK_SH), 0);
	CHECK_ERRNO(flock(two, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	CHECK_INT(flock(one, LOCK_UN), 0);
	CHECK_INT(flock(two, LOCK_EX | LOCK_NB), 0);
	CHECK_ERRNO(flock(one, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	CHECK_INT(flock(dup(two), LOCK_UN), 0);
	CHECK_INT(flock(one, LOCK_SH | LOCK_NB), 0);
	CHECK_ERRNO(flock(one, 0), EINVAL);
	CHECK_ERRNO(flock(-1, LOCK_EX), EBADF);
	close(one);
	close(two);
	ok("flock");
}

static void ranges(int fd)
{
	int to_child[2], to_parent[2];
	char byte;
	pid_t child;

	CHECK_INT(pipe(to_child), 0);
	CHECK_INT(pipe(to_parent), 0);
	lseek(fd, 10, SEEK_SET);
	CHECK_INT(lockf(fd, F_LOCK, 10), 0);
	CHECK_INT(lockf(fd, F_TEST, 10), 0);
	child = fork();
	if (child == 0) {
		struct flock range = { .l_type = F_WRLCK,
				       .l_whence = SEEK_SET,
				       .l_start = 30,
				       .l_len = 5 };

		CHECK_ERRNO(lockf(fd, F_TEST, 1), EACCES);
		CHECK(lockf(fd, F_TLOCK, 1) < 0 &&
		      (errno == EAGAIN || errno == EACCES));
		CHECK_INT(fcntl(fd, F_SETLKW, &range), 0);
		CHECK_INT(write(to_parent[1], "x", 1), 1);
		range.l_start = 10;
		/* Waits for the parent, which is about to wait for us. */
		if (fcntl(fd, F_SETLKW, &range) < 0)
			_exit(errno == EDEADLK ? 1 : 99);
		_exit(0);
	}
	read_all(to_parent[0], &byte, 1);
	lseek(fd, 30, SEEK_SET);
	settle();
	/* One of the two is refused. */
	if (lockf(fd, F_LOCK, 5) < 0) {
		CHECK_INT(errno, EDEADLK);
		lseek(fd, 10, SEEK_SET);
		CHECK_INT(lockf(fd, F_ULOCK, 10), 0);
		CHECK_INT(WEXITSTATUS(wait_for(child)), 0);
	} else {
		CHECK_INT(WEXITSTATUS(wait_for(child)), 1);
	}
	ok("ranges, and a deadlock");
}

int main(void)
{
	int fd = mkstemp(path);

	be_threaded();
	flocks();
	ranges(fd);
	CHECK_ERRNO(lockf(fd, 99, 1), EINVAL);
	CHECK_ERRNO(lockf(-1, F_LOCK, 1), EBADF);
	unlink(path);
	return 0;
}
