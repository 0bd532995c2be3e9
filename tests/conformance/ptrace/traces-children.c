/*
 * ptrace(2): a thread traces the child that it forked and that asked for it,
 * and a process that it attached to. Its waits end when the tracee stops, and
 * the kernel accepts its requests, whatever other threads do meanwhile.
 * waitpid(2) reports the stops of any child that is traced.
 */
#include "lib.h"
#include <stdbool.h>
#include <sys/ptrace.h>

enum { TRACERS = 8, STOPS = 5 };

static volatile long told;
static _Atomic bool done;

/* Keeps the carriers apart: a fiber that parks here wakes on another one. */
static void *busy(void *unused)
{
	while (!done) {
		struct timespec little = { 0, 300000 };

		for (volatile int i = 0; i < 20000; i++)
			;
		nanosleep(&little, NULL);
	}
	return unused;
}

static void stopped_by(pid_t pid, int sig)
{
	int status;

	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_INT(WSTOPSIG(status), sig);
}

static void ended_with(pid_t pid, int want)
{
	int status;

	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), want);
}

static void look_at(pid_t pid, long value)
{
	struct timespec moment = { 0, 1000000 };

	nanosleep(&moment, NULL);
	errno = 0;
	CHECK_INT(ptrace(PTRACE_PEEKDATA, pid, &told, NULL), value);
	CHECK_INT(errno, 0);
	CHECK_INT(ptrace(PTRACE_POKEDATA, pid, &told, (void *)(value + 100)),
		  0);
}

/* The child stops itself, and then reads what its tracer has written. */
static void *traces_child(void *argument)
{
	long base = (long)(intptr_t)argument * 1000;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(1);
		for (int i = 0; i < STOPS; i++) {
			told = base + i;
			raise(SIGUSR1);
			if (told != base + i + 100)
				_exit(2);
		}
		_exit(7);
	}
	for (int i = 0; i < STOPS; i++) {
		stopped_by(pid, SIGUSR1);
		look_at(pid, base + i);
		CHECK_INT(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	}
	ended_with(pid, 7);
	return NULL;
}

static void *attaches(void *argument)
{
	long base = (long)(intptr_t)argument * 1000;
	siginfo_t info;
	pid_t pid;

	told = 0;
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		told = base;
		while (told != base + 100)
			usleep(1000);
		_exit(8);
	}
	for (long seen = 0; seen != base;) {
		usleep(1000);
		CHECK_INT(ptrace(PTRACE_ATTACH, pid, NULL, NULL), 0);
		memset(&info, 0, sizeof(info));
		CHECK_INT(waitid(P_PID, pid, &info, WSTOPPED | WEXITED), 0);
		CHECK_INT(info.si_pid, pid);
		CHECK_INT(info.si_code, CLD_TRAPPED);
		seen = ptrace(PTRACE_PEEKDATA, pid, &told, NULL);
		if (seen == base)
			look_at(pid, base);
		CHECK_INT(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0);
	}
	ended_with(pid, 8);
	return NULL;
}

/* A traced child stops when it executes a program. */
static void executes(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	stopped_by(pid, SIGTRAP);
	CHECK_INT(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	ended_with(pid, 0);
	ok("executes");
}

static void together(void *(*tracer)(void *), const char *what)
{
	pthread_t threads[TRACERS];

	for (intptr_t i = 0; i < TRACERS; i++)
		threads[i] = start(tracer, (void *)(i + 1));
	for (int i = 0; i < TRACERS; i++)
		join(threads[i]);
	ok("%s", what);
}

int main(void)
{
	pthread_t others[4];
	pid_t early = fork();

	/* Traced from before there were threads. */
	CHECK(early >= 0);
	if (early == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		told = 1;
		raise(SIGUSR1);
		_exit(told == 101 ? 9 : 3);
	}
	stopped_by(early, SIGUSR1);
	CHECK_INT(ptrace(PTRACE_PEEKDATA, early, &told, NULL), 1);
	for (int i = 0; i < 4; i++)
		others[i] = start(busy, NULL);
	look_at(early, 1);
	CHECK_INT(ptrace(PTRACE_CONT, early, NULL, NULL), 0);
	ended_with(early, 9);
	ok("before threads");
	executes();
	together(traces_child, "children");
	together(attaches, "attached");
	done = true;
	for (int i = 0; i < 4; i++)
		join(others[i]);
	return 0;
}
