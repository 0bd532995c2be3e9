/*
 * Descriptors above the hard limit with which the process began, as when a
 * server raises the limit itself; here they are inherited. They had no entry in
 * the runtime's table: poll never answered, epoll_wait failed, a read blocked
 * all threads. With little address space the table stays small.
 */
#include "lib.h"
#include <sys/epoll.h>
#include <sys/resource.h>

enum { IN = 9000, OUT, SET, LISTENER, SOCKET, READERS = 50 };

static void *late_writer(void *argument)
{
	sleep_ms(30);
	CHECK_INT(write(OUT, "x", 1), 1);
	return argument;
}

static void *reader(void *argument)
{
	char byte;

	CHECK_INT(read(IN, &byte, 1), 1);
	return argument;
}

static void *server(void *argument)
{
	char data[4];
	int fd = accept(LISTENER, NULL, NULL);

	CHECK(fd >= 0);
	CHECK_INT(recv(fd, data, 4, MSG_WAITALL), 4);
	CHECK_INT(send(fd, data, 4, 0), 4);
	close(fd);
	return argument;
}

static void checks(void)
{
	struct epoll_event event = { EPOLLIN, { .fd = IN } };
	struct pollfd p[2] = { { IN, POLLIN, 0 }, { -1, 0, 0 } };
	struct sockaddr_in addr;
	socklen_t length = sizeof(addr);
	pthread_t threads[READERS], thread;
	char data[4];

	CHECK_INT(poll(p, 1, 5), 0);
	thread = start(late_writer, NULL);
	CHECK_INT(poll(p, 2, 20000), 1);
	join(thread);
	CHECK_INT(read(IN, data, 1), 1);
	ok("poll");

	CHECK_INT(epoll_ctl(SET, EPOLL_CTL_ADD, IN, &event), 0);
	CHECK_INT(epoll_wait(SET, &event, 1, 5), 0);
	thread = start(late_writer, NULL);
	CHECK_INT(epoll_wait(SET, &event, 1, 20000), 1);
	join(thread);
	CHECK_INT(read(IN, data, 1), 1);
	CHECK_INT(epoll_ctl(SET, EPOLL_CTL_DEL, IN, NULL), 0);
	ok("epoll_wait");

	for (int i = 0; i < READERS; i++)
		threads[i] = start(reader, NULL);
	settle();
	for (int i = 0; i < READERS; i++)
		CHECK_INT(write(OUT, "y", 1), 1);
	for (int i = 0; i < READERS; i++)
		join(threads[i]);
	ok("read");

	CHECK_INT(getsockname(LISTENER, (struct sockaddr *)&addr, &length), 0);
	thread = start(server, NULL);
	settle();
	if (fcntl(SOCKET, F_GETFD) != -1) {
		CHECK_INT(connect(SOCKET, (struct sockaddr *)&addr, length), 0);
		CHECK_INT(send(SOCKET, "abcd", 4, 0), 4);
		CHECK_INT(recv(SOCKET, data, 4, MSG_WAITALL), 4);
		close(SOCKET);
	} else {
		int fd = tcp_connect(&addr);

		CHECK_INT(write(fd, "abcd", 4), 4);
		CHECK_INT(read(fd, data, 4), 4);
		close(fd);
	}
	join(thread);
	ok("accept, recv");
}

static void move(int fd, int to)
{
	CHECK(fd >= 0);
	CHECK_INT(dup2(fd, to), to);
	close(fd);
}

int main(int argc, char **argv)
{
	struct rlimit files = { 4096, 4096 };
	struct rlimit space = { 3ul << 30, 3ul << 30 };
	struct sockaddr_in addr;
	int fds[2];

	if (argc == 1) {
		CHECK_INT(pipe(fds), 0);
		move(fds[0], IN);
		move(fds[1], OUT);
		move(epoll_create1(0), SET);
		move(tcp_listen(&addr, 4), LISTENER);
		move(socket(AF_INET, SOCK_STREAM, 0), SOCKET);
		CHECK_INT(fcntl(LISTENER, F_SETFD, 0), 0);
		CHECK_INT(setrlimit(RLIMIT_NOFILE, &files), 0);
		execl("/proc/self/exe", argv[0], "wide", NULL);
		FAIL("execl: errno %d", errno);
	}
	run_both(checks);
	if (!strcmp(argv[1], "wide")) {
		CHECK_INT(setrlimit(RLIMIT_DATA, &space), 0);
		execl("/proc/self/exe", argv[0], "narrow", NULL);
		FAIL("execl: errno %d", errno);
	}
	return 0;
}
