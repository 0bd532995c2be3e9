/*
 * Terminals: openpty(3), tcsetattr(3), tcdrain(3), tcflow(3), tcsendbreak(3),
 * login_tty(3), forkpty(3), with threads at both ends.
 */
// LIBS: -lutil
#include "lib.h"
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <utmp.h>

static int master, slave;

static void *echoes(void *argument)
{
	char line[64];
	ssize_t n;

	while ((n = read(slave, line, sizeof(line))) > 0 && line[0] != 'q') {
		CHECK_INT(write(slave, line, (size_t)n), n);
		CHECK_INT(tcdrain(slave), 0);
	}
	return argument;
}

static void lines(void)
{
	pthread_t thread = start(echoes, NULL);
	char back[8];

	for (int i = 0; i < 20; i++) {
		CHECK_INT(write(master, "hello\n", 6), 6);
		read_all(master, back, 7);
		CHECK(!memcmp(back, "hello\r\n", 7));
	}
	CHECK_INT(write(master, "q\n", 2), 2);
	join(thread);
	ok("lines go to and fro");
}

static void attributes(void)
{
	struct termios now;

	for (int when = TCSANOW; when <= TCSAFLUSH; when++) {
		CHECK_INT(tcgetattr(slave, &now), 0);
		now.c_lflag ^= ECHO;
		CHECK_INT(tcsetattr(slave, when, &now), 0);
	}
	CHECK_ERRNO(tcsetattr(slave, 99, &now), EINVAL);
	CHECK_INT(tcflow(slave, TCOOFF), 0);
	CHECK_INT(tcflow(slave, TCOON), 0);
	CHECK_ERRNO(tcflow(slave, 99), EINVAL);
	CHECK_INT(tcsendbreak(slave, 0), 0);
	CHECK_INT(tcsendbreak(slave, 1), 0);
	CHECK_INT(ioctl(slave, TCSBRK, 1), 0);
	CHECK_ERRNO(tcdrain(-1), EBADF);
	CHECK_ERRNO(tcdrain(scratch_file()), ENOTTY);
	ok("attributes, flow, breaks");
}

/* Descriptors 0, 1 and 2 were other files before. */
static void *logs_in(void *argument)
{
	char line[8];

	CHECK_INT(login_tty(slave), 0);
	CHECK_INT(isatty(0) && isatty(1) && isatty(2), 1);
	CHECK_INT(read(0, line, 8), 3);
	CHECK_INT(write(1, line, 2), 2);
	_exit(argument != NULL);
}

static void children(void)
{
	int fds[2], fd;
	char data[64];
	pid_t child;

	CHECK_INT(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		dup2(fds[0], 0);
		dup2(fds[1], 1);
		/* The runtime knows what they are now. */
		CHECK_INT(write(1, "x", 1), 1);
		CHECK_INT(read(0, data, 1), 1);
		join(start(logs_in, NULL));
	}
	CHECK_INT(write(master, "ab\n", 3), 3);
	read_all(master, data, 2);
	CHECK_INT(wait_for(child), 0);
	ok("login_tty");

	child = forkpty(&fd, NULL, NULL, NULL);
	if (child == 0) {
		read_all(0, data, 1);
		_exit(isatty(0) ? 7 : 8);
	}
	CHECK_INT(write(fd, "z\n", 2), 2);
	CHECK_INT(WEXITSTATUS(wait_for(child)), 7);
	ok("forkpty");
}

int main(void)
{
	struct termios raw;

	be_threaded();
	CHECK_INT(openpty(&master, &slave, NULL, NULL, NULL), 0);
	CHECK_INT(tcgetattr(slave, &raw), 0);
	raw.c_lflag &= ~ECHO;
	CHECK_INT(tcsetattr(slave, TCSANOW, &raw), 0);
	lines();
	attributes();
	children();
	return 0;
}
