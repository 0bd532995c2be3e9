/*
 * readv, writev, preadv, pwritev, preadv2, pwritev2: order, partial transfers,
 * limits on the vector, waiting.
 */
#include "lib.h"
#include <sys/mman.h>

static int fds[2];

static void *late_writer(void *argument)
{
	struct iovec iov[4] = {
		{ "ab", 2 }, { "", 0 }, { "cde", 3 }, { "f", 1 }
	};

	(void)argument;
	sleep_ms(20);
	CHECK_INT(writev(fds[1], iov, 4), 6);
	return NULL;
}

static void checks(void)
{
	char a[4], b[1], c[10];
	struct iovec iov[3] = { { a, 3 }, { b, 1 }, { c, 10 } };
	static struct iovec many[IOV_MAX + 1];
	static char bytes[IOV_MAX + 1], back[IOV_MAX + 1];
	pthread_t thread;
	void *hole;
	int file;

	for (int kind = 0; kind < PAIR_KINDS; kind++) {
		open_pair(fds, kind);
		thread = start(late_writer, NULL);
		CHECK_INT(readv(fds[0], iov, 3), 6);
		CHECK(memcmp(a, "abc", 3) == 0 && b[0] == 'd' &&
		      memcmp(c, "ef", 2) == 0);
		join(thread);

		/* IOV_MAX pieces of one byte; and one more than allowed. */
		for (int i = 0; i <= IOV_MAX; i++) {
			bytes[i] = (char)pattern_at(i);
			many[i] = (struct iovec){ &bytes[i], 1 };
		}
		CHECK_ERRNO(writev(fds[1], many, IOV_MAX + 1), EINVAL);
		CHECK_ERRNO(writev(fds[1], many, UNSEEN(-1)), EINVAL);
		CHECK_INT(writev(fds[1], many, IOV_MAX), IOV_MAX);
		read_all(fds[0], back, IOV_MAX);
		CHECK(memcmp(bytes, back, IOV_MAX) == 0);
		CHECK_INT(writev(fds[1], many, 0), 0);
		CHECK_INT(readv(fds[0], many, 0), 0);

		many[0].iov_len = (size_t)-1;
		CHECK_ERRNO(writev(fds[1], many, 2), EINVAL);
		CHECK_ERRNO(readv(fds[0], many, 2), EINVAL);
		CHECK_ERRNO(readv(-1, iov, 3), EBADF);
		close(fds[0]);
		close(fds[1]);
	}
	ok("pipes and sockets");

	hole = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_INT(pipe(fds), 0);
	CHECK_ERRNO(writev(fds[1], hole, 1), EFAULT);
	CHECK_ERRNO(readv(fds[0], hole, 1), EFAULT);
	close(fds[0]);
	close(fds[1]);
	munmap(hole, 4096);
	ok("EFAULT");

	file = scratch_file();
	iov[0] = (struct iovec){ "012", 3 };
	iov[1] = (struct iovec){ "3", 1 };
	iov[2] = (struct iovec){ "456789", 6 };
	CHECK_INT(pwritev(file, iov, 3, 5), 10);
	CHECK_INT(lseek(file, 0, SEEK_CUR), 0);
	iov[0] = (struct iovec){ a, 4 };
	iov[1] = (struct iovec){ c, 10 };
	CHECK_INT(preadv(file, iov, 2, 6), 9);
	CHECK(memcmp(a, "1234", 4) == 0 && memcmp(c, "56789", 5) == 0);
	CHECK_INT(pwritev2(file, iov, 1, 0, RWF_DSYNC), 4);
	CHECK_INT(preadv2(file, iov, 1, -1, 0), 4);
	CHECK_INT(lseek(file, 0, SEEK_CUR), 4);
	CHECK(memcmp(a, "1234", 4) == 0);
	CHECK_ERRNO(preadv(file, iov, 1, -5), EINVAL);
	CHECK_ERRNO(preadv2(file, iov, 1, 0, 0x40000000), EOPNOTSUPP);
	close(file);
	ok("files");
}

int main(void)
{
	run_both(checks);
	return 0;
}
