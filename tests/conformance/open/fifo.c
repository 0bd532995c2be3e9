/*
 * open(2) of a FIFO: each end waits for the other, in many threads; with
 * O_NONBLOCK or O_RDWR it does not wait.
 */
#include "lib.h"

#define THREADS 8

static char directory[] = "/tmp/conformance.XXXXXX";

static char *name(long i)
{
	static __thread char path[64];

	snprintf(path, sizeof(path), "%s/%ld", directory, i);
	return path;
}

static void *reader(void *argument)
{
	int fd = open(name((intptr_t)argument), O_RDONLY);
	char data[8];

	CHECK(fd >= 0);
	CHECK_INT(read(fd, data, 8), 1);
	CHECK_INT(read(fd, data, 8), 0);
	CHECK_INT(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	close(fd);
	return NULL;
}

static void *writer(void *argument)
{
	int fd = open(name((intptr_t)argument), O_WRONLY);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, "x", 1), 1);
	close(fd);
	return NULL;
}

static void meet(void *(*first)(void *), void *(*second)(void *))
{
	pthread_t early[THREADS], late[THREADS];
	intptr_t i;

	for (i = 0; i < THREADS; i++)
		early[i] = start(first, (void *)i);
	settle();
	for (i = 0; i < THREADS; i++)
		CHECK_INT(pthread_tryjoin_np(early[i], NULL), EBUSY);
	for (i = 0; i < THREADS; i++)
		late[i] = start(second, (void *)i);
	for (i = 0; i < THREADS; i++) {
		join(early[i]);
		join(late[i]);
	}
}

int main(void)
{
	int i, fd, other;
	FILE *stream;

	CHECK(mkdtemp(directory));
	for (i = 0; i < THREADS; i++)
		CHECK_INT(mkfifo(name(i), 0600), 0);
	be_threaded();
	meet(reader, writer);
	ok("readers wait for writers");
	meet(writer, reader);
	ok("writers wait for readers");

	CHECK_ERRNO(open(name(0), O_WRONLY | O_NONBLOCK), ENXIO);
	fd = open(name(0), O_RDONLY | O_NONBLOCK);
	CHECK(fd >= 0);
	other = open(name(0), O_WRONLY);
	CHECK(other >= 0);
	close(fd);
	close(other);
	fd = open(name(0), O_RDWR);
	CHECK(fd >= 0);
	close(fd);
	ok("neither waits with O_NONBLOCK or O_RDWR");

	for (i = 0; i < 2; i++) {
		pthread_t thread = start(i ? reader : writer, NULL);

		stream = fopen(name(0), i ? "w" : "r");
		CHECK(stream);
		if (i)
			CHECK_INT(fputc('x', stream), 'x');
		else
			CHECK_INT(fgetc(stream), 'x');
		fclose(stream);
		join(thread);
	}
	ok("fopen waits too");
	for (i = 0; i < THREADS; i++)
		unlink(name(i));
	rmdir(directory);
	return 0;
}
