/*
 * Writes to a FIFO, which poll is asked about: with O_NONBLOCK the kernel takes
 * all that there is room for in one call, and EAGAIN is for a full pipe alone;
 * without it, a call of many iovecs waits as one of a single buffer does, and
 * nothing is lost. Greened, each write was cut at 4,096 bytes, and iovecs were
 * written whole, which blocked the hub.
 */
#include "lib.h"
#include <sys/stat.h>

#define MUCH (17 * 4096)
#define MANY 300

static char bytes[MUCH * 4], got[MUCH * 4];
static char path[64];

static void *reader(void *argument)
{
	int fd = open(path, O_RDONLY);

	CHECK(fd >= 0);
	sleep_ms(20);
	read_all(fd, got, *(size_t *)argument);
	close(fd);
	return NULL;
}

/* Beside a write that waits, another thread runs: the hub is not blocked. */
static void *ticks(void *argument)
{
	for (int i = 0; i < 5; i++)
		sleep_ms(1);
	return argument;
}

static void nonblocking(void)
{
	int in = open(path, O_RDONLY | O_NONBLOCK);
	int out = open(path, O_WRONLY | O_NONBLOCK);
	struct iovec iov[2] = { { bytes, 5000 }, { bytes + 5000, 5000 } };

	CHECK(in >= 0 && out >= 0);
	printf("first %zd\n", write(out, bytes, MUCH));
	CHECK_ERRNO(write(out, bytes, 8 * 4096), EAGAIN);
	CHECK_ERRNO(write(out, bytes, 1), EAGAIN);
	read_all(in, got, 65536);
	CHECK(is_pattern(got, 65536, 0));
	printf("vector %zd\n", writev(out, iov, 2));
	read_all(in, got, 10000);
	CHECK(is_pattern(got, 10000, 0));
	close(in);
	close(out);
	ok("with O_NONBLOCK");
}

static void blocking(void)
{
	struct iovec iov[MANY];
	size_t size = sizeof(bytes), each = size / MANY;
	pthread_t thread = start(reader, &size), beside;
	int out = open(path, O_WRONLY);

	CHECK(out >= 0);
	beside = start(ticks, NULL);
	CHECK_INT(write(out, bytes, size), size);
	join(beside);
	join(thread);
	close(out);
	CHECK(is_pattern(got, size, 0));
	ok("a long write");

	memset(got, 0, sizeof(got));
	size = each * MANY;
	for (int i = 0; i < MANY; i++)
		iov[i] = (struct iovec){ bytes + i * each, each };
	thread = start(reader, &size);
	out = open(path, O_WRONLY);
	CHECK(out >= 0);
	beside = start(ticks, NULL);
	CHECK_INT(writev(out, iov, MANY), size);
	join(beside);
	join(thread);
	close(out);
	CHECK(is_pattern(got, size, 0));
	ok("many iovecs");
}

static void checks(void)
{
	snprintf(path, sizeof(path), "/tmp/fifo-whole.XXXXXX");
	CHECK(mkdtemp(path));
	strcat(path, "/fifo");
	CHECK_INT(mkfifo(path, 0600), 0);
	nonblocking();
	blocking();
	CHECK_INT(unlink(path), 0);
	*strrchr(path, '/') = '\0';
	CHECK_INT(rmdir(path), 0);
}

int main(void)
{
	fill_pattern(bytes, sizeof(bytes), 0);
	run_both(checks);
	return 0;
}
