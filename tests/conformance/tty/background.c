/*
 * A terminal checks whether a background process that reads or changes it
 * blocks or ignores SIGTTIN and SIGTTOU. If so, the call succeeds, or fails
 * with EIO; if not, the process is stopped. tcsetattr(3), tcsetpgrp(3),
 * tcflush(3), ioctl(2), read(2), write(2).
 */
#include "lib_tty.h"

static int terminal;

static void set_blocked(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTTIN);
	sigaddset(&set, SIGTTOU);
	CHECK_INT(pthread_sigmask(how, &set, NULL), 0);
}

static void change(void)
{
	struct termios how;
	pid_t group = tcgetpgrp(terminal);

	CHECK(group > 0);
	CHECK_INT(tcgetattr(terminal, &how), 0);
	how.c_lflag |= TOSTOP;
	CHECK_INT(tcsetattr(terminal, TCSANOW, &how), 0);
	CHECK_INT(tcsetattr(terminal, TCSADRAIN, &how), 0);
	CHECK_INT(ioctl(terminal, TCSETS, &how), 0);
	CHECK_INT(tcflush(terminal, TCOFLUSH), 0);
	CHECK_INT(tcsetpgrp(terminal, group), 0);
	CHECK_INT(write(terminal, "w", 1), 1);
}

static void cannot_read(void)
{
	char byte;

	CHECK_ERRNO(read(terminal, &byte, 1), EIO);
}

static void *in_background(void *argument)
{
	set_blocked(SIG_BLOCK);
	change();
	cannot_read();
	ok("blocked");
	set_blocked(SIG_UNBLOCK);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	change();
	cannot_read();
	ok("ignored");
	signal(SIGTTOU, SIG_DFL);
	signal(SIGTTIN, SIG_DFL);
	CHECK_INT(tcflush(terminal, TCOFLUSH), 0);
	ok("continued");
	return argument;
}

static void *blocks(void *argument)
{
	set_blocked(SIG_BLOCK);
	sleep_ms(300);
	return argument;
}

/*
 * One thread blocks the signals all the time, which concerns no other thread.
 */
static void background(void)
{
	pthread_t other;

	CHECK_INT(setpgid(0, 0), 0);
	other = start(blocks, NULL);
	join(start(in_background, NULL));
	join(other);
	exit(7);
}

static void session(const char *name)
{
	int status;
	pid_t pid;

	terminal = lead_session(name);
	pid = fork();
	if (pid == 0)
		background();
	CHECK_INT(waitpid(pid, &status, WUNTRACED), pid);
	printf("stopped by %d\n", WIFSTOPPED(status) ? WSTOPSIG(status) : 0);
	fflush(stdout);
	CHECK_INT(tcsetpgrp(terminal, pid), 0);
	kill(pid, SIGCONT);
	CHECK_INT(wait_for(pid), 7 << 8);
	exit(0);
}

int main(void)
{
	int master = open_master();
	pid_t pid;

	CHECK_INT(write(master, "a line\n", 7), 7);
	pid = fork();
	if (pid == 0)
		session(ptsname(master));
	CHECK_INT(wait_for(pid), 0);
	return 0;
}
