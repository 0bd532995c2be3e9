/*
 * system.c - system(3).
 *
 * libc's own would block SIGCHLD on a kernel thread and give that back on
 * another.  POSIX: SIGINT and SIGQUIT are ignored while any thread is in
 * here, SIGCHLD is blocked in this one, and the child has what was before.
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
static int users; /* threads in here; the first and the last change these: */
static struct sigaction interrupt, quit;

static void ignore(void)
{
	struct sigaction act = { .sa_handler = SIG_IGN };

	pthread_mutex_lock(&lock);
	if (users++ == 0) {
		sigaction(SIGINT, &act, &interrupt);
		sigaction(SIGQUIT, &act, &quit);
	}
	pthread_mutex_unlock(&lock);
}

static void restore(void)
{
	pthread_mutex_lock(&lock);
	if (--users == 0) {
		sigaction(SIGINT, &interrupt, NULL);
		sigaction(SIGQUIT, &quit, NULL);
	}
	pthread_mutex_unlock(&lock);
}

static int spawn(pid_t *pid, const char *command, uint64_t mask)
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

/* Cancelled while the command runs: it ends too. */
static void cancelled(void *arg)
{
	struct child *c = arg;

	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	restore();
	signal_mask(SIG_SETMASK, &c->mask, NULL);
}

static int run(const char *command)
{
	uint64_t chld = bit_of(SIGCHLD);
	struct child c;
	int status = -1, r;

	ignore();
	signal_mask(SIG_BLOCK, &chld, &c.mask);
	r = spawn(&c.pid, command, c.mask);
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
		status = W_EXITCODE(127, 0); /* as if the shell had said so */
	}
	restore();
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
		return run("exit 0") == 0;
	return run(command);
}
