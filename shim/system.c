/*
 * system.c - system(3).
 *
 * libc's function would block SIGCHLD on one kernel thread and restore the mask
 * on another.  POSIX: SIGINT and SIGQUIT are ignored while any thread is in
 * system(), SIGCHLD is blocked in the calling thread, and the child gets the
 * dispositions and the mask from before.
 */
#include <errno.h>
#include <paths.h>
#include <pthread.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sigset.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int users; /* threads in system() */
/* The dispositions that the first thread saves and the last one restores. */
static struct sigaction interrupt, quit;

static void system_ignore(void)
{
	struct sigaction act = { .sa_handler = SIG_IGN };

	pthread_mutex_lock(&lock);
	if (users++ == 0) {
		sigaction(SIGINT, &act, &interrupt);
		sigaction(SIGQUIT, &act, &quit);
	}
	pthread_mutex_unlock(&lock);
}

static void system_restore(void)
{
	pthread_mutex_lock(&lock);
	if (--users == 0) {
		sigaction(SIGINT, &interrupt, NULL);
		sigaction(SIGQUIT, &quit, NULL);
	}
	pthread_mutex_unlock(&lock);
}

static int system_spawn(pid_t *pid, const char *command, uint64_t mask)
{
	char *argv[] = { "sh", "-c", (char *)command, NULL };
	posix_spawnattr_t attr;
	sigset_t defaults, old;
	int r;

	sigemptyset(&defaults);
	if (interrupt.sa_handler != SIG_IGN)
		sigaddset(&defaults, SIGINT);
	if (quit.sa_handler != SIG_IGN)
		sigaddset(&defaults, SIGQUIT);
	to_set(mask, &old);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &old);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF |
						POSIX_SPAWN_SETSIGMASK);
	r = posix_spawn(pid, _PATH_BSHELL, NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	return r;
}

struct child {
	pid_t pid;
	uint64_t mask;
};

/* The thread is cancelled while the command runs: kill the command, as libc
 * does. */
static void cancelled(void *arg)
{
	struct child *c = arg;

	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	system_restore();
	signal_mask(SIG_SETMASK, &c->mask, NULL);
}

static int system_run(const char *command)
{
	uint64_t chld = bit_of(SIGCHLD);
	struct child c;
	int status = -1, r;

	system_ignore();
	signal_mask(SIG_BLOCK, &chld, &c.mask);
	r = system_spawn(&c.pid, command, c.mask);
	if (r == 0) {
		pid_t got;

		pthread_cleanup_push(cancelled, &c);
		do
			got = waitpid(c.pid, &status, 0);
		while (got < 0 && errno == EINTR);
		if (got != c.pid)
			status = -1;
		pthread_cleanup_pop(0);
	} else {
		status = W_EXITCODE(127, 0); /* as exit(127) of a shell */
	}
	system_restore();
	signal_mask(SIG_SETMASK, &c.mask, NULL);
	if (r)
		errno = r;
	return status;
}

INTERPOSE(int, system, (const char *command))
{
	int r;

	if (!rt_started) {
		r = LIBC(system, "GLIBC_2.2.5")(command);
		fdtab_spawned();
		return r;
	}
	if (!command)
		return system_run("exit 0") == 0;
	return system_run(command);
}
