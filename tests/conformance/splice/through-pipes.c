/*
 * splice(2) between sockets and pipes waits at either end and honours
 * SPLICE_F_NONBLOCK; so does tee(2).
 */
#include "lib.h"

#define SIZE   (512 * 1024)
#define RELAYS 15

static int ends[RELAYS][2];

/* From one socket through a pipe to the next. */
static void *relay(void *argument)
{
	int *fds = argument, between[2];

	CHECK_INT(pipe(between), 0);
	for (;;) {
		ssize_t got = splice(fds[0], NULL, between[1], NULL, 50000,
				     SPLICE_F_MOVE);

		CHECK(got >= 0);
		if (got == 0)
			break;
		while (got > 0) {
			ssize_t put = splice(between[0], NULL, fds[1], NULL,
					     got, SPLICE_F_MOVE);

			CHECK(put > 0);
			got -= put;
		}
	}
	close(between[0]);
	close(between[1]);
	close(fds[0]);
	close(fds[1]);
	return NULL;
}

static void *source(void *argument)
{
	int fd = (int)(intptr_t)argument;
	char *data = malloc(SIZE);

	fill_pattern(data, SIZE, 0);
	sleep_ms(20);
	write_all(fd, data, SIZE);
	close(fd);
	free(data);
	return NULL;
}

int main(void)
{
	pthread_t relays[RELAYS], sources[RELAYS];
	int outs[RELAYS], a[2], b[2];
	char *data = malloc(SIZE), byte;

	be_threaded();
	for (int i = 0; i < RELAYS; i++) {
		tcp_pair(a);
		stream_pair(b);
		ends[i][0] = a[0];
		ends[i][1] = b[0];
		outs[i] = b[1];
		relays[i] = start(relay, ends[i]);
		sources[i] = start(source, (void *)(intptr_t)a[1]);
	}
	for (int i = 0; i < RELAYS; i++) {
		read_all(outs[i], data, SIZE);
		CHECK(is_pattern(data, SIZE, 0));
		CHECK_INT(read(outs[i], &byte, 1), 0);
		join(relays[i]);
		join(sources[i]);
	}
	ok("relayed");

	CHECK_INT(pipe(a), 0);
	CHECK_INT(pipe(b), 0);
	CHECK_ERRNO(splice(a[0], NULL, b[1], NULL, 10, SPLICE_F_NONBLOCK),
		    EAGAIN);
	CHECK_INT(write(a[1], "0123456789", 10), 10);
	CHECK_INT(tee(a[0], b[1], 4, 0), 4);
	CHECK_INT(splice(a[0], NULL, b[1], NULL, 100, 0), 10);
	CHECK_INT(read(b[0], data, 100), 14);
	CHECK(memcmp(data, "01230123456789", 14) == 0);
	CHECK_ERRNO(splice(-1, NULL, b[1], NULL, 10, 0), EBADF);
	CHECK_ERRNO(splice(ends[0][0], NULL, ends[0][1], NULL, 10, 0), EBADF);
	ok("flags and errors");
	free(data);
	return 0;
}
