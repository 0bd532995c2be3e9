/*
 * connect(2) on a Unix stream socket waits while the listener's queue is full.
 * (A kernel thread would sleep within connect; such a socket does not become
 * writable, so a shim cannot learn from poll when to go on.)
 */
#include "lib.h"

#define THREADS 40

static struct sockaddr_un addr = { .sun_family = AF_UNIX };
static socklen_t addr_len;

static void *client(void *argument)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), value;

	(void)argument;
	CHECK_INT(connect(fd, (struct sockaddr *)&addr, addr_len), 0);
	CHECK_INT(read(fd, &value, sizeof(value)), sizeof(value));
	close(fd);
	return (void *)(intptr_t)value;
}

int main(void)
{
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd, sum = 0;
	socklen_t len = sizeof(addr);
	struct timeval soon = { 0, 50000 };
	pthread_t threads[THREADS];

	be_threaded();
	/* The kernel chooses an address in the abstract namespace. */
	CHECK_INT(bind(listener, (struct sockaddr *)&addr, sizeof(sa_family_t)),
		  0);
	CHECK_INT(getsockname(listener, (struct sockaddr *)&addr, &len), 0);
	addr_len = len;
	CHECK_INT(listen(listener, 1), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(client, NULL);
	settle();

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK_ERRNO(connect(fd, (struct sockaddr *)&addr, addr_len), EAGAIN);
	close(fd);
	ok("EAGAIN when non-blocking");
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)),
		  0);
	CHECK_ERRNO(connect(fd, (struct sockaddr *)&addr, addr_len), EAGAIN);
	close(fd);
	ok("EAGAIN after SO_SNDTIMEO");

	for (int i = 0; i < THREADS; i++) {
		fd = accept(listener, NULL, NULL);
		CHECK(fd >= 0);
		CHECK_INT(write(fd, &i, sizeof(i)), sizeof(i));
		close(fd);
	}
	for (int i = 0; i < THREADS; i++)
		sum += (int)(intptr_t)join(threads[i]);
	CHECK_INT(sum, THREADS * (THREADS - 1) / 2);
	ok("all get through");
	return 0;
}
