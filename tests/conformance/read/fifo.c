/*
 * open(2) of a FIFO waits for the other end; reads and writes then behave as
 * on a pipe.  Ten pairs of threads meet.
 */
#include "lib.h"

#define PAIRS 10

static char dir[] = "/tmp/conformance.XXXXXX";

static void *reader(void *argument)
{
	char path[64];
	int value = -1, fd;

	snprintf(path, sizeof(path), "%s/%d", dir, (int)(intptr_t)argument);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	CHECK_INT(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	CHECK_INT(read(fd, &value, sizeof(value)), sizeof(value));
	CHECK_INT(value, (intptr_t)argument);
	CHECK_INT(read(fd, &value, sizeof(value)), 0);
	close(fd);
	return NULL;
}

static void *writer(void *argument)
{
	char path[64];
	int value = (int)(intptr_t)argument, fd;

	snprintf(path, sizeof(path), "%s/%d", dir, value);
	fd = open(path, O_WRONLY);
	CHECK(fd >= 0);
	sleep_ms(10);
	CHECK_INT(write(fd, &value, sizeof(value)), sizeof(value));
	close(fd);
	return NULL;
}

int main(void)
{
	pthread_t threads[2 * PAIRS];
	char path[64];

	be_threaded();
	CHECK(mkdtemp(dir) != NULL);
	for (int i = 0; i < PAIRS; i++) {
		snprintf(path, sizeof(path), "%s/%d", dir, i);
		CHECK_INT(mkfifo(path, 0600), 0);
		CHECK_ERRNO(open(path, O_WRONLY | O_NONBLOCK), ENXIO);
		threads[i] = start(i % 2 ? reader : writer,
				   (void *)(intptr_t)i);
	}
	settle();
	for (int i = 0; i < PAIRS; i++)
		CHECK_INT(pthread_tryjoin_np(threads[i], NULL), EBUSY);
	for (int i = 0; i < PAIRS; i++)
		threads[PAIRS + i] = start(i % 2 ? writer : reader,
					   (void *)(intptr_t)i);
	for (int i = 0; i < 2 * PAIRS; i++)
		join(threads[i]);
	for (int i = 0; i < PAIRS; i++) {
		snprintf(path, sizeof(path), "%s/%d", dir, i);
		unlink(path);
	}
	rmdir(dir);
	ok("%d pairs meet", PAIRS);
	return 0;
}
