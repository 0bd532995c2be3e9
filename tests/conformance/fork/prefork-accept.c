/*
 * A prefork server: children of a program with threads accept on one shared
 * listener, with threads of their own. Every client is served once, and the
 * listener's flags do not change for anybody.
 */
#include "lib.h"
#include <sys/prctl.h>

#define CHILDREN 4
#define CLIENTS	 100

static struct sockaddr_in addr;
static int listener;

static void *acceptor(void *argument)
{
	(void)argument;
	for (;;) {
		int fd = accept(listener, NULL, NULL), pid = getpid();
		char data[4];

		if (fd == -1)
			return NULL;
		if (read(fd, data, 4) == 4)
			write_all(fd, &pid, sizeof(pid));
		close(fd);
	}
}

static void *client(void *argument)
{
	int fd = tcp_connect(&addr), pid;
	char byte;

	(void)argument;
	write_all(fd, "ping", 4);
	read_all(fd, &pid, sizeof(pid));
	CHECK_INT(read(fd, &byte, 1), 0);
	close(fd);
	return (void *)(intptr_t)pid;
}

int main(void)
{
	pthread_t threads[CLIENTS];
	pid_t pids[CHILDREN];

	be_threaded();
	listener = tcp_listen(&addr, CLIENTS);
	for (int i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (int j = 0; j < 3; j++)
				start(acceptor, NULL);
			acceptor(NULL);
			_exit(1);
		}
	}
	settle();
	CHECK_INT(syscall(SYS_fcntl, listener, F_GETFL) & O_NONBLOCK, 0);
	for (int i = 0; i < CLIENTS; i++)
		threads[i] = start(client, NULL);
	for (int i = 0; i < CLIENTS; i++) {
		int by = (int)(intptr_t)join(threads[i]), known = 0;

		for (int j = 0; j < CHILDREN; j++)
			known |= pids[j] == by;
		CHECK(known);
	}
	/* The parent serves as well. */
	start(acceptor, NULL);
	for (int i = 0; i < CHILDREN; i++) {
		int status;

		CHECK_INT(kill(pids[i], SIGTERM), 0);
		status = wait_for(pids[i]);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	}
	CHECK_INT((intptr_t)client(NULL), getpid());
	CHECK_INT(syscall(SYS_fcntl, listener, F_GETFL) & O_NONBLOCK, 0);
	ok("every client is served");
	return 0;
}
