/*
 * What exec, posix_spawn, system and popen pass on to a child: the calling
 * thread's signal mask, the ignored signals, and across exec the pending ones.
 * The child is this program again, and prints them.
 */
#include "lib.h"
#include <spawn.h>

extern char **environ;
static char *self;

static void report(void)
{
	struct sigaction action;
	sigset_t mask, pending;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigpending(&pending);
	for (int i = 1; i < 32; i++) {
		sigaction(i, NULL, &action);
		if (sigismember(&mask, i))
			printf(" blocked %d", i);
		if (sigismember(&pending, i))
			printf(" pending %d", i);
		if (action.sa_handler == SIG_IGN)
			printf(" ignored %d", i);
	}
	printf("\n");
	fflush(stdout);
}

static void handler(int signo)
{
	(void)signo;
}

static void wait_ok(pid_t pid)
{
	CHECK(pid > 0);
	CHECK_INT(wait_for(pid), 0);
}

static void checks(void)
{
	char *argv[] = { self, "report", NULL }, command[4200], line[256];
	posix_spawnattr_t attr;
	sigset_t set, one;
	FILE *stream;
	pid_t pid;

	snprintf(command, sizeof(command), "%s report", self);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGINT);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &set, NULL), 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		raise(SIGUSR1);
		execv(self, argv);
		_exit(1);
	}
	wait_ok(pid);
	CHECK_INT(posix_spawn(&pid, self, NULL, NULL, argv, environ), 0);
	wait_ok(pid);
	CHECK_INT(posix_spawnattr_init(&attr), 0);
	sigemptyset(&one);
	sigaddset(&one, SIGTERM);
	posix_spawnattr_setsigmask(&attr, &one);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	CHECK_INT(posix_spawnp(&pid, self, NULL, &attr, argv, environ), 0);
	posix_spawnattr_destroy(&attr);
	wait_ok(pid);
	CHECK_INT(system(command), 0);
	stream = popen(command, "r");
	CHECK(stream != NULL);
	while (fgets(line, sizeof(line), stream))
		printf("%s", line);
	CHECK_INT(pclose(stream), 0);
	CHECK_INT(pthread_sigmask(SIG_BLOCK, NULL, &set), 0);
	CHECK(sigismember(&set, SIGUSR1) && !sigismember(&set, SIGCHLD));
	sigemptyset(&set);
	CHECK_INT(pthread_sigmask(SIG_SETMASK, &set, NULL), 0);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = handler };

	if (argc > 1) {
		report();
		return 0;
	}
	self = realpath("/proc/self/exe", NULL);
	CHECK_INT(sigaction(SIGUSR1, &action, NULL), 0);
	CHECK_INT(sigaction(SIGTERM, &action, NULL), 0);
	signal(SIGHUP, SIG_IGN);
	(void)argv;
	run_both(checks);
	return 0;
}
