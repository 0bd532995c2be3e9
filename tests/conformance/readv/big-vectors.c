/*
 * writev(2) of a vector far larger than the socket's buffer returns when
 * everything is written; a partial transfer may end anywhere within the
 * vector.
 */
#include "lib.h"

#define PIECES 1000
#define PAIRS  8

static void *writer(void *argument)
{
	int fd = (int)(intptr_t)argument;
	struct iovec iov[PIECES];
	size_t total = 0;
	char *data;

	for (int i = 0; i < PIECES; i++)
		total += i * 3;
	data = malloc(total);
	fill_pattern(data, total, 0);
	total = 0;
	for (int i = 0; i < PIECES; i++) {
		iov[i] = (struct iovec){ data + total, i * 3 };
		total += i * 3;
	}
	CHECK_INT(writev(fd, iov, PIECES), total);
	/* The vector itself belongs to the caller and is unchanged. */
	total = 0;
	for (int i = 0; i < PIECES; i++) {
		CHECK(iov[i].iov_base == data + total);
		CHECK_INT(iov[i].iov_len, i * 3);
		total += i * 3;
	}
	close(fd);
	free(data);
	return NULL;
}

static void *reader(void *argument)
{
	int fd = (int)(intptr_t)argument;
	char a[13], b[1999], c[501];
	struct iovec iov[3] = { { a, 13 }, { b, 1999 }, { c, 501 } };
	size_t total = 0;
	ssize_t got;

	while ((got = readv(fd, iov, 3)) > 0) {
		size_t left = got;

		for (int i = 0; i < 3 && left > 0; i++) {
			size_t part = left < iov[i].iov_len ? left
							    : iov[i].iov_len;
			CHECK(is_pattern(iov[i].iov_base, part, total));
			total += part;
			left -= part;
		}
	}
	CHECK_INT(got, 0);
	close(fd);
	return (void *)total;
}

int main(void)
{
	pthread_t writers[PAIRS], readers[PAIRS];

	for (int i = 0; i < PAIRS; i++) {
		int fds[2];

		open_pair(fds, i % PAIR_KINDS);
		writers[i] = start(writer, (void *)(intptr_t)fds[1]);
		readers[i] = start(reader, (void *)(intptr_t)fds[0]);
	}
	for (int i = 0; i < PAIRS; i++) {
		join(writers[i]);
		CHECK_INT((size_t)join(readers[i]),
			  3 * PIECES * (PIECES - 1) / 2);
	}
	ok("big vectors");
	return 0;
}
