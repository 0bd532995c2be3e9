/*
 * read, write, pread, pwrite, lseek on regular files: offsets, the end of the
 * file, appending, an offset shared between duplicates; from many threads.
 */
#include "lib.h"

#define THREADS 50
#define BLOCK	10000

static int file;

static void *writer(void *argument)
{
	int n = (int)(intptr_t)argument;
	char block[BLOCK], back[BLOCK];

	fill_pattern(block, BLOCK, (size_t)n * BLOCK);
	CHECK_INT(pwrite(file, block, BLOCK, (off_t)n * BLOCK), BLOCK);
	CHECK_INT(pread(file, back, BLOCK, (off_t)n * BLOCK), BLOCK);
	CHECK(memcmp(block, back, BLOCK) == 0);
	return NULL;
}

static void checks(void)
{
	char text[32];
	int fd = scratch_file(), other;

	CHECK_INT(write(fd, "0123456789", 10), 10);
	CHECK_INT(read(fd, text, sizeof(text)), 0);
	CHECK_INT(lseek(fd, 3, SEEK_SET), 3);
	CHECK_INT(read(fd, text, 4), 4);
	CHECK(memcmp(text, "3456", 4) == 0);
	other = dup(fd);
	CHECK_INT(read(other, text, sizeof(text)), 3);
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 10);
	ok("offsets");

	CHECK_INT(pread(fd, text, sizeof(text), 8), 2);
	CHECK_INT(pread(fd, text, sizeof(text), 100), 0);
	CHECK_ERRNO(pread(fd, text, sizeof(text), -1), EINVAL);
	CHECK_ERRNO(pwrite(fd, text, 1, -1), EINVAL);
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 10);
	ok("positioned reads leave the offset");

	CHECK_INT(fcntl(fd, F_SETFL, O_APPEND), 0);
	CHECK_INT(lseek(fd, 0, SEEK_SET), 0);
	CHECK_INT(write(fd, "ab", 2), 2);
	CHECK_INT(pread(fd, text, sizeof(text), 10), 2);
	ok("append");

	int pipe_fds[2];

	CHECK_INT(pipe(pipe_fds), 0);
	CHECK_ERRNO(pread(pipe_fds[0], text, 1, 0), ESPIPE);
	CHECK_ERRNO(pwrite(pipe_fds[1], text, 1, 0), ESPIPE);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	ok("ESPIPE");
	close(fd);
	close(other);
}

int main(void)
{
	pthread_t threads[THREADS];
	static char all[THREADS * BLOCK];

	run_both(checks);
	file = scratch_file();
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(writer, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(lseek(file, 0, SEEK_CUR), 0);
	CHECK_INT(read(file, all, sizeof(all)), sizeof(all));
	CHECK(is_pattern(all, sizeof(all), 0));
	ok("%d threads write one file", THREADS);
	return 0;
}
