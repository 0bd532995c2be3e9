/*
 * pread(2), preadv2(2), pwritev2(2) and kin on files of several kinds: in
 * memory, on a disk, past the page cache; flags; vectors of many pieces that
 * are partly cached; files that cannot seek.
 */
#include "lib.h"
#include <sys/mman.h>

#define SIZE   (256 * 1024)
#define PIECES 300

static char data[SIZE] __attribute__((aligned(4096)));

static void pieces(int fd)
{
	static char back[SIZE];
	struct iovec iov[PIECES];
	size_t at = 0;
	int i;

	for (i = 0; i < PIECES; i++) {
		size_t n = i == PIECES - 1 ? SIZE - at : SIZE / PIECES;

		iov[i] = (struct iovec){ back + at, n };
		at += n;
	}
	for (int how = 0; how < 3; how++) {
		memset(back, 0, SIZE);
		fsync(fd);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		CHECK_INT(pread(fd, back, 1, 4096), 1);
		lseek(fd, 0, SEEK_SET);
		if (how == 0)
			CHECK_INT(preadv(fd, iov, PIECES, 0), SIZE);
		else if (how == 1)
			CHECK_INT(readv(fd, iov, PIECES), SIZE);
		else
			CHECK_INT(preadv2(fd, iov, PIECES, -1, 0), SIZE);
		CHECK_INT(lseek(fd, 0, SEEK_CUR), how == 0 ? 0 : SIZE);
		CHECK(is_pattern(back, SIZE, 0));
	}
}

static void file(int fd, const char *name)
{
	struct iovec iov = { data, 10 };
	struct stat st;

	CHECK(fd >= 0);
	fill_pattern(data, SIZE, 0);
	CHECK_INT(pwrite(fd, data, SIZE, 0), SIZE);
	pieces(fd);
	CHECK_INT(pread(fd, data, 10, SIZE - 4), 4);
	CHECK_INT(pread(fd, data, 10, SIZE + 4), 0);
	CHECK_ERRNO(pread(fd, data, 10, -1), EINVAL);
	CHECK_ERRNO(pread(fd, UNSEEN((void *)1), 10, 0), EFAULT);
	CHECK_ERRNO(preadv(fd, &iov, UNSEEN(-1), 0), EINVAL);
	CHECK_ERRNO(preadv2(fd, &iov, 1, -2, 0), EINVAL);
	CHECK_ERRNO(preadv2(fd, &iov, 1, 0, 0x40000000), EOPNOTSUPP);
	CHECK_INT(pread(fd, data, 10, 0), 10);
	CHECK_INT(preadv(fd, &iov, 0, 0), 0);

	lseek(fd, 100, SEEK_SET);
	CHECK_INT(pwritev2(fd, &iov, 1, -1, RWF_DSYNC), 10);
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 110);
	CHECK_INT(pwritev2(fd, &iov, 1, 0, RWF_APPEND), 10);
	CHECK_INT(fstat(fd, &st), 0);
	CHECK_INT(st.st_size, SIZE + 10);
	CHECK_INT(pwritev2(fd, &iov, 1, 5, RWF_SYNC), 10);
	CHECK_INT(write(fd, data, 10), 10);
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 120);
	CHECK_INT(preadv2(fd, &iov, 1, -1, RWF_HIPRI), 10);
	close(fd);
	ok("%s", name);
}

/* Past the page cache, where the file system can. */
static void direct(void)
{
	char name[] = "/tmp/conformance.XXXXXX";
	int fd = mkstemp(name), other = open(name, O_RDWR | O_DIRECT);

	unlink(name);
	if (other < 0)
		other = dup(fd);
	fill_pattern(data, SIZE, 0);
	CHECK_INT(write(other, data, SIZE), SIZE);
	memset(data, 0, SIZE);
	CHECK_INT(pread(other, data, SIZE, 0), SIZE);
	CHECK(is_pattern(data, SIZE, 0));
	lseek(other, 0, SEEK_SET);
	CHECK_INT(read(other, data, SIZE), SIZE);
	CHECK_INT(fcntl(other, F_SETFL, 0), 0);
	CHECK_INT(pread(other, data + 1, 77, 3), 77);
	CHECK(is_pattern(data + 1, 77, 3));
	close(fd);
	close(other);
	ok("O_DIRECT, and without it");
}

static void synced(void)
{
	char name[] = "/tmp/conformance.XXXXXX";
	int fd = mkstemp(name), other = open(name, O_RDWR | O_SYNC | O_APPEND);

	unlink(name);
	CHECK_INT(write(other, "abc", 3), 3);
	CHECK_INT(pwrite(other, "def", 3, 0), 3); /* appends: pwrite(2) */
	CHECK_INT(pread(fd, data, 10, 0), 6);
	CHECK(!memcmp(data, "abcdef", 6));
	close(fd);
	close(other);
	ok("O_SYNC, O_APPEND");
}

static void others(void)
{
	struct iovec iov = { data, 10 };
	int fds[2], pair[2], dir = open("/tmp", O_RDONLY | O_DIRECTORY);
	int proc = open("/proc/self/stat", O_RDONLY);

	CHECK_INT(pipe(fds), 0);
	stream_pair(pair);
	CHECK_ERRNO(pread(fds[0], data, 10, 0), ESPIPE);
	CHECK_ERRNO(pwrite(fds[1], data, 10, 0), ESPIPE);
	CHECK_ERRNO(preadv2(pair[0], &iov, 1, 0, 0), ESPIPE);
	CHECK_ERRNO(pread(dir, data, 10, 0), EISDIR);
	CHECK_ERRNO(read(dir, data, 10), EISDIR);
	CHECK_ERRNO(pread(-1, data, 10, 0), EBADF);
	CHECK(pread(proc, data, 3, 0) == 3 && read(proc, data, SIZE) > 10);
	CHECK_INT(read(proc, data, SIZE), 0);
	ok("what is no regular file");
}

static void checks(void)
{
	file(scratch_file(), "on a disk");
	file(memfd_create("memory", 0), "in memory");
	direct();
	synced();
	others();
}

int main(void)
{
	run_both(checks);
	return 0;
}
