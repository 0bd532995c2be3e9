/*
 * accept(2) and accept4(2) wait for a connection: 100 threads on one listener
 * get one connection each; the new socket has the flags that were asked for,
 * not the listener's.
 */
#include "lib.h"

#define THREADS 100

static struct sockaddr_in addr;
static int listener, waiting;

static void *acceptor(void *argument)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	int n = (int)(intptr_t)argument, fd;
	int nonblocking = n & 1 ? O_NONBLOCK : 0;
	int cloexec = n & 2 ? FD_CLOEXEC : 0;

	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	if (n % 8 == 0)
		fd = accept(listener, (struct sockaddr *)&from, &len);
	else
		fd = accept4(listener, (struct sockaddr *)&from, &len,
			     (nonblocking ? SOCK_NONBLOCK : 0) |
				     (cloexec ? SOCK_CLOEXEC : 0));
	CHECK(fd >= 0);
	CHECK_INT(len, sizeof(from));
	CHECK_INT(from.sin_family, AF_INET);
	CHECK_INT(fcntl(fd, F_GETFL) & O_NONBLOCK, nonblocking);
	CHECK_INT(fcntl(fd, F_GETFD), cloexec);
	write_all(fd, &from.sin_port, sizeof(from.sin_port));
	close(fd);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	listener = tcp_listen(&addr, 100);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(acceptor, (void *)(intptr_t)i);
	WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) == THREADS);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	CHECK_INT(fcntl(listener, F_GETFL) & O_NONBLOCK, 0);
	for (int i = 0; i < THREADS; i++) {
		int fd = tcp_connect(&addr);

		check_own_port(fd);
		close(fd);
	}
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(fcntl(listener, F_GETFL) & O_NONBLOCK, 0);
	ok("%d threads", THREADS);
	return 0;
}
