/*
 * tty.c - terminals: the functions that wait until the output has been sent.
 * The fiber hops, as for the same requests by ioctl() (fcntl.c).
 */
#include <sys/ioctl.h>
#include <termios.h>
#include <utmp.h>

#include "descriptor.h"

/* The kernel returns EINTR after any handler, SA_RESTART or not. */
INTERPOSE(int, tcdrain, (int fd))
{
	fd = program_fd(fd);
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_ioctl, fd, TCSBRK, 1);
	return (int)as_errno(
		CANCEL_POINT(HOP_NO_RESTART(SYS_ioctl, fd, TCSBRK, 1)));
}

INTERPOSE(int, tcsendbreak, (int fd, int duration))
{
	/* TCSBRKP takes tenths of a second; duration is in milliseconds. */
	if (duration > 0)
		return ioctl(fd, TCSBRKP, (duration + 99) / 100);
	return ioctl(fd, TCSBRK, 0);
}

/* May wait: the kernel sends a character after the writes in progress. */
INTERPOSE(int, tcflow, (int fd, int action))
{
	return ioctl(fd, TCXONC, action);
}

INTERPOSE(int, tcflush, (int fd, int queue))
{
	return ioctl(fd, TCFLSH, queue);
}

INTERPOSE(int, tcsetpgrp, (int fd, pid_t group))
{
	return ioctl(fd, TIOCSPGRP, &group);
}

static int set_attributes(int fd, int when, const struct termios *how)
{
	bool terminal = terminal_enter();
	int r = LIBC(tcsetattr, "GLIBC_2.2.5")(fd, when, how);

	if (terminal)
		mask_return();
	return r;
}

INTERPOSE(int, tcsetattr, (int fd, int when, const struct termios *how))
{
	if (when == TCSANOW || !rt_fiber())
		return set_attributes(fd, when, how);
	return IN_HOP_UNTIL(true, false, SETS_EINTR,
			    set_attributes(fd, when, how));
}

/* libc's function duplicates a descriptor three times without telling the
 * table. */
INTERPOSE(int, login_tty, (int fd))
{
	int to;

	(void)setsid();
	if (ioctl(fd, TIOCSCTTY, NULL) < 0)
		return -1;
	for (to = STDIN_FILENO; to <= STDERR_FILENO; to++)
		while (dup2(fd, to) < 0 && errno == EBUSY)
			;
	if (fd > STDERR_FILENO)
		close(fd);
	return 0;
}
