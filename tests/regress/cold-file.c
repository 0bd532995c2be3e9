/*
 * A read of a regular file that is partly in the page cache returns everything
 * up to the file's end. It once ended where the cached part did.
 */
#include "lib.h"

#define SIZE (2 << 20)

static char data[SIZE];

static void checks(void)
{
	struct iovec iov[2] = { { data, 100 }, { data + 100, SIZE - 100 } };
	int file = scratch_file();

	fill_pattern(data, SIZE, 0);
	write_all(file, data, SIZE);
	CHECK_INT(fsync(file), 0);
	for (int how = 0; how < 3; how++) {
		memset(data, 0, SIZE);
		posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
		CHECK_INT(pread(file, data, 4096, 0), 4096);
		lseek(file, 0, SEEK_SET);
		if (how == 0)
			CHECK_INT(read(file, data, SIZE), SIZE);
		else if (how == 1)
			CHECK_INT(readv(file, iov, 2), SIZE);
		else
			CHECK_INT(pread(file, data, SIZE, 0), SIZE);
		CHECK(is_pattern(data, SIZE, 0));
	}
	CHECK_INT(pread(file, data, 100, SIZE - 10), 10);
	close(file);
	ok("whole");
}

int main(void)
{
	run_both(checks);
	return 0;
}
