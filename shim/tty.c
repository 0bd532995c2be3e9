/*
 * tty.c - terminals: what waits for their output to be through.  The fiber
 * hops, as for ioctl's requests that mean the same (fcntl.c).
 */
#include <sys/ioctl.h>
#include <termios.h>
#include <utmp.h>

#include "descriptor.h"

/* The kernel has it end with EINTR, whatever the handler's flags. */
INTERPOSE(int, tcdrain, (int fd))
{
	if (!rt_fiber())
		return (int)PASS_CANCEL(SYS_ioctl, fd, TCSBRK, 1);
	return (int)as_errno(
		CANCEL_POINT(HOP_NO_RESTART(SYS_ioctl, fd, TCSBRK, 1)));
}

INTERPOSE(int, tcsendbreak, (int fd, int duration))
{
	/* Linux: tenths of a second for the one, milliseconds here. */
	if (duration > 0)
		return ioctl(fd, TCSBRKP, (duration + 99) / 100);
	return ioctl(fd, TCSBRK, 0);
}

/* Sends a character, after whoever writes. */
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

/* libc's own would name three descriptors anew behind the table's back. */
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
