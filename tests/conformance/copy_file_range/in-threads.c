/*
 * copy_file_range(2), fallocate(2), posix_fallocate(3), fsync(2) and kin, from
 * several threads on parts of one file.
 */
#include "lib.h"

#define THREADS 4
#define PART	(64 * 1024)

static int from, to;

static void *copies(void *argument)
{
	off_t in = (intptr_t)argument * PART, out = in;
	size_t left = PART;

	while (left > 0) {
		ssize_t n = copy_file_range(from, &in, to, &out, left, 0);

		if (n <= 0)
			FAIL("copy_file_range is %zd, errno %d", n, errno);
		left -= (size_t)n;
	}
	CHECK_INT(in, ((intptr_t)argument + 1) * PART);
	CHECK_INT(fdatasync(to), 0);
	return NULL;
}

int main(void)
{
	static char data[THREADS * PART];
	pthread_t threads[THREADS];
	struct stat st;
	int i, pipe_fds[2];

	from = scratch_file();
	to = scratch_file();
	be_threaded();
	fill_pattern(data, sizeof(data), 0);
	CHECK_INT(pwrite(from, data, sizeof(data), 0), sizeof(data));
	for (i = 0; i < THREADS; i++)
		threads[i] = start(copies, (void *)(intptr_t)i);
	for (i = 0; i < THREADS; i++)
		join(threads[i]);
	memset(data, 0, sizeof(data));
	CHECK_INT(pread(to, data, sizeof(data), 0), sizeof(data));
	CHECK(is_pattern(data, sizeof(data), 0));
	ok("copied in parts");

	CHECK_INT(posix_fallocate(to, 0, 2 * sizeof(data)), 0);
	CHECK_INT(fstat(to, &st), 0);
	CHECK_INT(st.st_size, 2 * sizeof(data));
	CHECK_INT(pread(to, data, 1, 2 * sizeof(data) - 1), 1);
	CHECK_INT(data[0], 0);
	CHECK_INT(posix_fallocate(to, 0, -1), EINVAL);
	CHECK_INT(posix_fallocate(-1, 0, 1), EBADF);
	CHECK_INT(pipe(pipe_fds), 0);
	CHECK_INT(posix_fallocate(pipe_fds[1], 0, 1), ESPIPE);
	CHECK_ERRNO(fallocate(to, 0, -1, 1), EINVAL);
	CHECK_ERRNO(fallocate(-1, 0, 0, 1), EBADF);
	ok("room made");

	CHECK_INT(fsync(to), 0);
	CHECK_INT(syncfs(to), 0);
	CHECK_INT(sync_file_range(to, 0, 0, SYNC_FILE_RANGE_WRITE), 0);
	CHECK_ERRNO(fsync(pipe_fds[0]), EINVAL);
	CHECK_ERRNO(fdatasync(-1), EBADF);
	CHECK_ERRNO(syncfs(-1), EBADF);
	ok("on the disk");
	return 0;
}
