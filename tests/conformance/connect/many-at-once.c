/*
 * connect(2): 300 threads connect to one listener whose server answers each in
 * a thread of its own; both ends see the same addresses.
 */
#include "lib.h"

#define CLIENTS 300

static struct sockaddr_in addr;
static int listener;

static void *serve(void *argument)
{
	int fd = (int)(intptr_t)argument;
	struct sockaddr_in peer;
	socklen_t len = sizeof(peer);
	char data[100];
	ssize_t got;

	CHECK_INT(getpeername(fd, (struct sockaddr *)&peer, &len), 0);
	write_all(fd, &peer.sin_port, sizeof(peer.sin_port));
	while ((got = read(fd, data, sizeof(data))) > 0)
		write_all(fd, data, got);
	close(fd);
	return NULL;
}

static void *acceptor(void *argument)
{
	(void)argument;
	for (int i = 0; i < CLIENTS; i++) {
		pthread_t thread;
		int fd = accept(listener, NULL, NULL);

		CHECK(fd >= 0);
		thread = start_small(serve, (void *)(intptr_t)fd);
		pthread_detach(thread);
	}
	return NULL;
}

static void *client(void *argument)
{
	int fd = tcp_connect(&addr);

	check_own_port(fd);
	for (int i = 0; i < 10; i++) {
		int value = (int)(intptr_t)argument * 100 + i, back;

		write_all(fd, &value, sizeof(value));
		read_all(fd, &back, sizeof(back));
		CHECK_INT(back, value);
	}
	close(fd);
	return NULL;
}

int main(void)
{
	pthread_t threads[CLIENTS], server;

	listener = tcp_listen(&addr, 1000);
	server = start(acceptor, NULL);
	for (int i = 0; i < CLIENTS; i++)
		threads[i] = start_small(client, (void *)(intptr_t)i);
	for (int i = 0; i < CLIENTS; i++)
		join(threads[i]);
	join(server);
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	ok("%d clients", CLIENTS);
	return 0;
}
