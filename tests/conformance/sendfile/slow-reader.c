/*
 * sendfile(2) sends everything to a blocking descriptor however slowly it is
 * read; the given offset is updated, or else the file's; errors.
 */
#include "lib.h"
#include <sys/sendfile.h>

#define SIZE  (1 << 20)
#define PAIRS 20

static int file;

static void *sender(void *argument)
{
	int fd = (int)(intptr_t)argument;
	off_t offset = 1000;
	size_t left = SIZE - 1000;

	while (left > 0) {
		ssize_t put = sendfile(fd, file, &offset, left);

		CHECK(put > 0);
		left -= put;
		CHECK_INT(offset, SIZE - left);
	}
	close(fd);
	return NULL;
}

static void *reader(void *argument)
{
	int fd = (int)(intptr_t)argument;
	static __thread char data[30000];
	size_t total = 0;
	ssize_t got;

	while ((got = read(fd, data, sizeof(data))) > 0) {
		CHECK(is_pattern(data, got, 1000 + total));
		total += got;
	}
	CHECK_INT(total, SIZE - 1000);
	close(fd);
	return NULL;
}

int main(void)
{
	pthread_t senders[PAIRS], readers[PAIRS];
	char *data = malloc(SIZE);
	int fds[PAIRS][2], pair[2];
	off_t offset = 0;

	file = scratch_file();
	fill_pattern(data, SIZE, 0);
	CHECK_INT(write(file, data, SIZE), SIZE);
	for (int i = 0; i < PAIRS; i++) {
		open_pair(fds[i], i % PAIR_KINDS);
		senders[i] = start(sender, (void *)(intptr_t)fds[i][1]);
	}
	settle();
	for (int i = 0; i < PAIRS; i++)
		readers[i] = start(reader, (void *)(intptr_t)fds[i][0]);
	for (int i = 0; i < PAIRS; i++) {
		join(senders[i]);
		join(readers[i]);
	}
	ok("%d transfers", PAIRS);

	stream_pair(pair);
	CHECK_INT(lseek(file, SIZE - 10, SEEK_SET), SIZE - 10);
	CHECK_INT(sendfile(pair[0], file, NULL, 100), 10);
	CHECK_INT(sendfile(pair[0], file, NULL, 100), 0);
	CHECK_INT(lseek(file, 0, SEEK_CUR), SIZE);
	CHECK_ERRNO(sendfile(pair[0], -1, NULL, 100), EBADF);
	CHECK_ERRNO(sendfile(-1, file, NULL, 100), EBADF);
	CHECK_ERRNO(sendfile(pair[0], pair[1], NULL, 100), EINVAL);
	offset = -1;
	CHECK_ERRNO(sendfile(pair[0], file, &offset, 100), EINVAL);
	ok("offsets and errors");
	free(data);
	return 0;
}
