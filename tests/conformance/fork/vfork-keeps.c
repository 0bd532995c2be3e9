/*
 * vfork(2): the child has its own descriptors, dispositions and signal masks.
 * What it closes, opens and renames, and how it takes signals, does not affect
 * the parent.
 */
#include "lib.h"

static int stream[2], pipes[2], file, again;
static volatile sig_atomic_t caught, in_child;

static void parents(int sig)
{
	caught = sig;
}

static void childs(int sig)
{
	in_child = sig;
}

static void set(int sig, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	sigaction(sig, &action, NULL);
}

static void *writes(void *argument)
{
	settle();
	CHECK_INT(write((int)(intptr_t)argument, "w", 1), 1);
	return NULL;
}

/* Each file is still the same: reads wait and return the data. */
static void look(void)
{
	struct sigaction action;
	sigset_t mask;
	pthread_t thread;
	char byte;

	thread = start(writes, (void *)(intptr_t)stream[1]);
	CHECK_INT(read(stream[0], &byte, 1), 1);
	join(thread);
	thread = start(writes, (void *)(intptr_t)pipes[1]);
	CHECK_INT(read(pipes[0], &byte, 1), 1);
	join(thread);
	CHECK_INT(pread(file, &byte, 1, 0), 1);
	CHECK_INT(byte, '#');
	CHECK_INT(fcntl(again, F_GETFD), FD_CLOEXEC);
	CHECK_INT(sigaction(SIGUSR1, NULL, &action), 0);
	CHECK(action.sa_handler == parents);
	CHECK_INT(sigaction(SIGUSR2, NULL, &action), 0);
	CHECK(action.sa_handler == SIG_DFL);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
	CHECK_INT(sigismember(&mask, SIGUSR1), 0);
	CHECK_INT(sigismember(&mask, SIGTERM), 1);
	caught = 0;
	CHECK_INT(raise(SIGUSR1), 0);
	CHECK_INT(caught, SIGUSR1);
}

static int changes(void)
{
	struct sigaction action;
	sigset_t mask;
	char byte;
	int fd;

	sigaction(SIGUSR1, NULL, &action);
	if (action.sa_handler != parents)
		return 1;
	sigaction(SIGUSR2, NULL, &action);
	if (action.sa_handler != SIG_DFL)
		return 2;
	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	if (!sigismember(&mask, SIGTERM) || sigismember(&mask, SIGUSR1))
		return 3;
	/* The parent's handler, in the child. */
	caught = 0;
	raise(SIGUSR1);
	if (caught != SIGUSR1)
		return 4;
	set(SIGUSR1, childs);
	set(SIGUSR2, childs);
	sigaction(SIGUSR1, NULL, &action);
	if (action.sa_handler != childs)
		return 5;
	in_child = 0;
	kill(getpid(), SIGUSR1);
	if (in_child != SIGUSR1)
		return 6;
	set(SIGUSR1, SIG_IGN);
	sigaddset(&mask, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);

	/* Each number now names another kind of file. */
	if (dup2(pipes[0], stream[0]) < 0 || dup2(file, pipes[0]) < 0 ||
	    dup2(stream[1], file) < 0)
		return 7;
	if (read(pipes[0], &byte, 1) != 1 || byte != '/')
		return 8;
	close(again);
	fd = open("/dev/null", O_RDONLY);
	if (fd != again)
		return 9;
	close(stream[1]);
	close(pipes[1]);
	if (gettid() != getpid())
		return 10;
	return 0;
}

static void restores(void)
{
	pid_t pid = vfork();

	CHECK(pid >= 0);
	if (pid == 0)
		_exit(changes());
	CHECK_INT(wait_for(pid), 0);
}

/* Another one, whose descriptors survive an exec. */
static void runs(void)
{
	static char text[] = "test x$(head -c 1 <&0) = xp";
	pid_t pid;

	CHECK_INT(write(pipes[1], "p", 1), 1);
	pid = vfork();
	CHECK(pid >= 0);
	if (pid == 0) {
		dup2(pipes[0], 0);
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(9);
	}
	CHECK_INT(wait_for(pid), 0);
}

/* An uncaught signal ends only the child. */
static void ends(void)
{
	static const int signals[] = { SIGUSR2, SIGINT, SIGSEGV, SIGABRT };

	for (unsigned i = 0; i < 4; i++) {
		pid_t pid = vfork();

		CHECK(pid >= 0);
		if (pid == 0) {
			raise(signals[i]);
			_exit(9);
		}
		CHECK_INT(wait_for(pid) & 127, signals[i]);
	}
}

static void checks(void)
{
	sigset_t set_;

	lseek(file, 1, SEEK_SET);
	sigemptyset(&set_);
	sigaddset(&set_, SIGTERM);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, &set_, NULL), 0);
	restores();
	runs();
	ends();
	look();
	ok("nothing changed");
}

int main(void)
{
	char name[] = "/tmp/vforkXXXXXX";

	set(SIGUSR1, parents);
	stream_pair(stream);
	CHECK_INT(pipe(pipes), 0);
	file = mkstemp(name);
	CHECK(file >= 0);
	unlink(name);
	CHECK_INT(write(file, "#/", 2), 2);
	again = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	CHECK(again >= 0);
	/* The first of these happens before there are threads. */
	checks();
	run_both(checks);
	return 0;
}
