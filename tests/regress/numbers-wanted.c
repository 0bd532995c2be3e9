/*
 * Every number below the limit is the program's to have, by dup2 and its like,
 * or as the lowest that is free: the runtime's own descriptors were in the way,
 * and a daemon that filled a range of numbers failed.
 */
#include "lib.h"
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define NUMBERS 700

static void *ping(void *argument)
{
	int *fds = argument;
	char byte;

	for (int i = 0; i < 200; i++) {
		CHECK_INT(read(fds[0], &byte, 1), 1);
		CHECK_INT(write(fds[1], &byte, 1), 1);
		sleep_ms(1);
	}
	return NULL;
}

/* Threads that wait for descriptors and for time meanwhile. */
static void begin_ping(pthread_t threads[2], int there[2], int back[2],
		       int mine[2][2])
{
	CHECK_INT(pipe(there), 0);
	CHECK_INT(pipe(back), 0);
	mine[0][0] = there[0];
	mine[0][1] = back[1];
	mine[1][0] = back[0];
	mine[1][1] = there[1];
	threads[0] = start(ping, mine[0]);
	threads[1] = start(ping, mine[1]);
	CHECK_INT(write(there[1], "x", 1), 1);
}

static void fill(int how, int first, int file)
{
	for (int fd = first; fd < NUMBERS; fd++) {
		switch (how) {
		case 0:
			CHECK_INT(dup2(file, fd), fd);
			break;
		case 1:
			CHECK_INT(dup3(file, fd, O_CLOEXEC), fd);
			CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
			break;
		case 2:
			CHECK_INT(fcntl(file, F_DUPFD_CLOEXEC, fd), fd);
			CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
			break;
		case 3:
			CHECK_INT(open("/dev/null", O_RDONLY), fd);
			break;
		case 4:
			CHECK_INT(dup(file), fd);
			break;
		default:
			CHECK_INT(socket(AF_INET, SOCK_STREAM, 0), fd);
		}
	}
	/* They are what they should be. */
	for (int fd = first; fd < NUMBERS; fd++) {
		struct stat st;

		CHECK_INT(fstat(fd, &st), 0);
		CHECK(how == 5 ? S_ISSOCK(st.st_mode) : S_ISCHR(st.st_mode));
		CHECK_INT(close(fd), 0);
	}
}

static void pairs(int first)
{
	for (int fd = first; fd + 1 < NUMBERS; fd += 2) {
		int fds[2];
		char byte = 'p';

		if (fd / 2 % 2)
			CHECK_INT(pipe(fds), 0);
		else
			CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		CHECK_INT(fds[0], fd);
		CHECK_INT(fds[1], fd + 1);
		CHECK_INT(write(fds[1], &byte, 1), 1);
		CHECK_INT(read(fds[0], &byte, 1), 1);
	}
	CHECK_INT(close_range((unsigned)first, ~0u, 0), 0);
}

static void *read_one(void *argument)
{
	char byte;

	CHECK_INT(read((int)(intptr_t)argument, &byte, 1), 1);
	return NULL;
}

/* A call whose descriptor is closed has its file by another number. */
static void closed_under_a_call(int file)
{
	pthread_t thread;
	int fds[2];

	CHECK_INT(pipe(fds), 0);
	thread = start(read_one, (void *)(intptr_t)fds[0]);
	settle();
	CHECK_INT(close(fds[0]), 0);
	fill(0, fds[1] + 1, file);
	fill(2, fds[1] + 1, file);
	CHECK_INT(write(fds[1], "x", 1), 1);
	join(thread);
	close(fds[1]);
	ok("those of blocked calls");
}

static void checks(void)
{
	pthread_t threads[2];
	int there[2], back[2], mine[2][2];
	int file = open("/dev/null", O_RDONLY), first;
	struct epoll_event event;
	pid_t pid;

	begin_ping(threads, there, back, mine);
	first = dup(file);
	close(first);
	for (int how = 0; how < 6; how++) {
		fill(how, first, file);
		ok("way %d", how);
	}
	pairs(first);
	ok("pairs");
	closed_under_a_call(file);
	/* What waits does so still. */
	sleep_ms(5);
	CHECK_INT(epoll_wait(file, &event, 1, 0), -1);
	join(threads[0]);
	pid = fork();
	if (pid == 0) {
		fill(0, first, file);
		be_threaded();
		fill(0, first, file);
		fill(3, first, file);
		_exit(7);
	}
	CHECK_INT(WEXITSTATUS(wait_for(pid)), 7);
	ok("in a child");
	join(threads[1]);
	for (int i = 0; i < 2; i++) {
		close(there[i]);
		close(back[i]);
	}
	close(file);
}

int main(void)
{
	close_range(3, ~0u, 0);
	run_both(checks);
	return 0;
}
