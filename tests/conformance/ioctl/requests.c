/*
 * ioctl(2): FIONBIO sets the program's own non-blocking mode and F_GETFL shows
 * it; FIONREAD; FIOCLEX; terminal requests; ENOTTY, EBADF.
 */
#include "lib.h"
#include <sys/ioctl.h>
#include <termios.h>

static void *late_writer(void *argument)
{
	sleep_ms(20);
	CHECK_INT(write((int)(intptr_t)argument, "abc", 3), 3);
	return NULL;
}

static void checks(void)
{
	int fds[2], on = 1, off = 0, count = -1, master;
	struct winsize size = { 40, 100, 0, 0 };
	pthread_t thread;
	char data[10];

	for (int kind = 0; kind < PAIR_KINDS; kind++) {
		open_pair(fds, kind);
		CHECK_INT(ioctl(fds[0], FIONBIO, &on), 0);
		CHECK_INT(fcntl(fds[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
		CHECK_ERRNO(read(fds[0], data, 10), EAGAIN);
		CHECK_INT(ioctl(fds[0], FIONBIO, &off), 0);
		CHECK_INT(fcntl(fds[0], F_GETFL) & O_NONBLOCK, 0);
		thread = start(late_writer, (void *)(intptr_t)fds[1]);
		CHECK_INT(read(fds[0], data, 1), 1);
		join(thread);
		CHECK_INT(ioctl(fds[0], FIONREAD, &count), 0);
		CHECK_INT(count, 2);
		CHECK_INT(ioctl(fds[0], FIOCLEX), 0);
		CHECK_INT(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
		CHECK_INT(ioctl(fds[0], FIONCLEX), 0);
		CHECK_INT(fcntl(fds[0], F_GETFD), 0);
		CHECK_ERRNO(ioctl(fds[0], TIOCGWINSZ, &size), ENOTTY);
		CHECK_ERRNO(ioctl(fds[0], FIONBIO, (int *)8), EFAULT);
		close(fds[0]);
		close(fds[1]);
	}
	ok("pipes and sockets");
	master = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK_INT(ioctl(master, TIOCSWINSZ, &size), 0);
	memset(&size, 0, sizeof(size));
	CHECK_INT(ioctl(master, TIOCGWINSZ, &size), 0);
	CHECK_INT(size.ws_row, 40);
	CHECK_INT(size.ws_col, 100);
	close(master);
	CHECK_ERRNO(ioctl(-1, FIONREAD, &count), EBADF);
	ok("terminals");
}

int main(void)
{
	run_both(checks);
	return 0;
}
