/*
 * fcntl(2), F_GETFL shows O_NONBLOCK only when the program set it: before,
 * while and after threads wait on descriptors of every kind, and to another
 * process that shares the open file.
 */
#include "lib_tty.h"
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>

#define KINDS 11

static int fds[KINDS], wake[KINDS], done;
static struct sockaddr_in tcp_addr, udp_addr;

static void *waiter(void *argument)
{
	int n = (int)(intptr_t)argument, fd;
	static __thread char data[1 << 20];

	switch (n) {
	case 4:
		fd = accept(fds[n], NULL, NULL);
		CHECK(fd >= 0);
		CHECK_INT(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
		close(fd);
		break;
	case 10:
		write_all(fds[n], data, sizeof(data));
		break;
	default:
		CHECK(read(fds[n], data, 1000) > 0);
	}
	__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* What this process and a child that shares the files see. */
static void check_flags(void)
{
	pid_t pid;

	for (int i = 0; i < KINDS; i++) {
		int flags = fcntl(fds[i], F_GETFL);

		if (flags & O_NONBLOCK)
			FAIL("kind %d has O_NONBLOCK", i);
	}
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		/* A raw call, past every interposer. */
		for (int i = 0; i < KINDS; i++)
			if (syscall(SYS_fcntl, fds[i], F_GETFL) & O_NONBLOCK)
				_exit(i + 1);
		_exit(0);
	}
	int status = wait_for(pid);
	if (status)
		FAIL("a child sees O_NONBLOCK on kind %d",
		     WEXITSTATUS(status) - 1);
}

int main(void)
{
	pthread_t threads[KINDS];
	struct itimerspec later = { .it_value = { 0, 400000000 } };
	char dir[] = "/tmp/conformance.XXXXXX", path[64];
	static char drain[1 << 20];
	eventfd_t one = 1;
	int pair[2];

	be_threaded();
	CHECK_INT(pipe(pair), 0);
	fds[0] = pair[0];
	wake[0] = pair[1];
	stream_pair(pair);
	fds[1] = pair[0];
	wake[1] = pair[1];
	tcp_pair(pair);
	fds[2] = pair[0];
	wake[2] = pair[1];
	fds[3] = udp_socket(&udp_addr);
	fds[4] = tcp_listen(&tcp_addr, 5);
	fds[5] = eventfd(0, 0);
	fds[6] = timerfd_create(CLOCK_MONOTONIC, 0);
	CHECK_INT(timerfd_settime(fds[6], 0, &later, NULL), 0);
	wake[7] = open_master();
	fds[7] = open(ptsname(wake[7]), O_RDWR | O_NOCTTY);
	CHECK(mkdtemp(dir) != NULL);
	fds[8] = inotify_init1(0);
	CHECK(inotify_add_watch(fds[8], dir, IN_CREATE) >= 0);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	CHECK_INT(mkfifo(path, 0600), 0);
	fds[9] = open(path, O_RDWR);
	stream_pair(pair);
	fds[10] = pair[0];
	wake[10] = pair[1];

	check_flags();
	for (int i = 0; i < KINDS; i++)
		threads[i] = start(waiter, (void *)(intptr_t)i);
	settle();
	check_flags();
	ok("while they wait");

	CHECK_INT(write(wake[0], "x", 1), 1);
	CHECK_INT(write(wake[1], "x", 1), 1);
	CHECK_INT(write(wake[2], "x", 1), 1);
	CHECK_INT(sendto(fds[3], "x", 1, 0, (struct sockaddr *)&udp_addr,
			 sizeof(udp_addr)),
		  1);
	int client = tcp_connect(&tcp_addr);
	CHECK_INT(fcntl(client, F_GETFL) & O_NONBLOCK, 0);
	CHECK_INT(write(fds[5], &one, sizeof(one)), sizeof(one));
	CHECK_INT(write(wake[7], "x\n", 2), 2);
	CHECK_INT(write(fds[9], "x", 1), 1);
	strcat(path, "2");
	close(open(path, O_CREAT | O_WRONLY, 0600));
	read_all(wake[10], drain, sizeof(drain));
	for (int i = 0; i < KINDS; i++)
		join(threads[i]);
	check_flags();
	ok("afterwards");

	unlink(path);
	path[strlen(path) - 1] = '\0';
	unlink(path);
	rmdir(dir);
	return 0;
}
