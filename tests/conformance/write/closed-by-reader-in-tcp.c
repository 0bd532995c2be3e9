/*
 * The peer closes while a thread waits in a large write: the write returns the
 * bytes that it wrote, or fails with ECONNRESET or EPIPE, and never hangs.
 */
#include "lib.h"

#define THREADS 30

static void *writer(void *argument)
{
	int fd = (int)(intptr_t)argument;
	size_t size = 8 << 20;
	char *data = calloc(1, size);
	ssize_t put;

	while ((put = write(fd, data, size)) > 0)
		CHECK((size_t)put <= size);
	CHECK(put == -1 && (errno == EPIPE || errno == ECONNRESET));
	free(data);
	close(fd);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int peers[THREADS];
	char some[1000];

	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < THREADS; i++) {
		int fds[2];

		tcp_pair(fds);
		peers[i] = fds[0];
		threads[i] = start(writer, (void *)(intptr_t)fds[1]);
	}
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < THREADS; i++) {
		if (i % 2)
			read_all(peers[i], some, sizeof(some));
		close(peers[i]);
	}
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("all see it");
	return 0;
}
