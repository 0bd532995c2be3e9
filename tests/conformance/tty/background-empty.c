/*
 * A background process that reads its terminal is stopped, or gets EIO, before
 * there is anything to read: read(2), readv(2), also with O_NONBLOCK.
 */
#include "lib_tty.h"
#include <stdbool.h>

static int terminal;

static void set_blocked(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTTIN);
	CHECK_INT(pthread_sigmask(how, &set, NULL), 0);
}

static void on_signal(int sig)
{
	CHECK_INT(sig, SIGTTIN);
}

static void cannot_read(int error)
{
	char byte;
	struct iovec v = { &byte, 1 };

	CHECK_ERRNO(read(terminal, &byte, 1), error);
	CHECK_ERRNO(readv(terminal, &v, 1), error);
	CHECK_INT(fcntl(terminal, F_SETFL, O_RDWR | O_NONBLOCK), 0);
	CHECK_ERRNO(read(terminal, &byte, 1), error);
	CHECK_INT(fcntl(terminal, F_SETFL, O_RDWR), 0);
}

static void *in_background(void *argument)
{
	struct sigaction act = { .sa_handler = on_signal };
	char line[16];

	set_blocked(SIG_BLOCK);
	cannot_read(EIO);
	ok("blocked");
	set_blocked(SIG_UNBLOCK);
	signal(SIGTTIN, SIG_IGN);
	cannot_read(EIO);
	ok("ignored");
	CHECK_INT(sigaction(SIGTTIN, &act, NULL), 0);
	cannot_read(EINTR);
	ok("handled");
	signal(SIGTTIN, SIG_DFL);
	/* Stops, and then waits for the line that arrives in the foreground. */
	CHECK_INT(read(terminal, line, sizeof(line)), 7);
	ok("continued");
	return argument;
}

static void *blocks_all(void *argument)
{
	sigset_t set;

	sigfillset(&set);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &set, NULL), 0);
	for (;;)
		pause();
	return argument;
}

static void background(bool in_thread)
{
	CHECK_INT(setpgid(0, 0), 0);
	alarm(20);
	if (in_thread) {
		start(in_background, NULL);
		pthread_exit(NULL);
	}
	start(blocks_all, NULL);
	in_background(NULL);
	exit(0);
}

static void session(const char *name, int line, bool in_thread)
{
	int status;
	pid_t pid;

	terminal = lead_session(name);
	pid = fork();
	if (pid == 0)
		background(in_thread);
	CHECK_INT(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_INT(WSTOPSIG(status), SIGTTIN);
	ok("stopped");
	CHECK_INT(tcsetpgrp(terminal, pid), 0);
	kill(pid, SIGCONT);
	settle();
	write_all(line, "x", 1);
	CHECK_INT(wait_for(pid), 0);
	exit(0);
}

static void run(bool in_thread)
{
	int master = open_master(), line[2];
	char byte;
	pid_t pid;

	CHECK_INT(pipe(line), 0);
	pid = fork();
	if (pid == 0)
		session(ptsname(master), line[1], in_thread);
	close(line[1]);
	if (read(line[0], &byte, 1) == 1)
		write_all(master, "a line\n", 7);
	CHECK_INT(wait_for(pid), 0);
	close(line[0]);
	close(master);
}

int main(void)
{
	printf("in a thread:\n");
	fflush(stdout);
	run(true);
	printf("in the main thread:\n");
	fflush(stdout);
	run(false);
	return 0;
}
