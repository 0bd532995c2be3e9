/* Pseudo-terminals: pty(7). */
#ifndef CONFORMANCE_LIB_TTY_H
#define CONFORMANCE_LIB_TTY_H

#include "lib.h"

#include <sys/ioctl.h>
#include <termios.h>

/* The master side of a new terminal; ptsname() names the other side. */
UNUSED static int open_master(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	CHECK(master >= 0);
	CHECK_INT(grantpt(master), 0);
	CHECK_INT(unlockpt(master), 0);
	return master;
}

/* Both sides, without echo: the master reads only what the slave wrote. */
UNUSED static int open_terminal(int *slave)
{
	int master = open_master();
	struct termios settings;

	*slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	CHECK(*slave >= 0);
	CHECK_INT(tcgetattr(*slave, &settings), 0);
	settings.c_lflag &= ~ECHO;
	CHECK_INT(tcsetattr(*slave, TCSANOW, &settings), 0);
	return master;
}

/* Makes the caller the leader of a new session with this terminal. */
UNUSED static int lead_session(const char *name)
{
	int terminal;

	CHECK(setsid() > 0);
	terminal = open(name, O_RDWR | O_NOCTTY);
	CHECK(terminal >= 0);
	CHECK_INT(ioctl(terminal, TIOCSCTTY, 0), 0);
	return terminal;
}

#endif
