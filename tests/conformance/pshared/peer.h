/*
 * Two processes that share memory, of which one is always a native one.
 *
 * A program of this directory runs itself again, with nothing preloaded, as
 * its peer: struct shared (which each program defines) lies in memory that
 * both have.  A role is a function that the peer runs, by its number.
 */
#include "lib.h"
#include <sys/mman.h>

struct common {
	int step;     /* the step that both have reached */
	int error[8]; /* what the peer's calls returned */
	pid_t pid;    /* the peer's */
};

struct shared;
static struct shared *shared;
static struct common *common;
static int shared_fd;

static void map_shared(size_t size)
{
	char *at = (char *)mmap(NULL, size + 4096, PROT_READ | PROT_WRITE,
				MAP_SHARED, shared_fd, 0);

	CHECK(at != MAP_FAILED);
	common = (struct common *)at;
	shared = (struct shared *)(at + 4096);
}

static int step(void)
{
	return __atomic_load_n(&common->step, __ATOMIC_ACQUIRE);
}

/* Announces that this step is reached. */
UNUSED static void reach(int n)
{
	__atomic_store_n(&common->step, n, __ATOMIC_RELEASE);
}

UNUSED static void await(int n)
{
	WAIT_UNTIL(step() >= n);
}

/* The state of a process: 'S' when it sleeps. */
static char state_of(pid_t pid)
{
	char path[64], line[256], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	line[n > 0 ? n : 0] = '\0';
	p = strrchr(line, ')');
	return p ? p[2] : 0;
}

/*
 * Waits until the peer, which has one thread, waits for something, and a moment
 * longer, as the peer may have slept on its way there.
 */
UNUSED static void await_sleep(void)
{
	WAIT_UNTIL(state_of(common->pid) == 'S');
	sleep_ms(10);
	WAIT_UNTIL(state_of(common->pid) == 'S');
}

static pid_t run_peer(int role)
{
	char number[16], fd[16], path[256],
		*argv[] = { path, number, fd, NULL };
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	extern char **environ;
	char *env[200];
	int i, j = 0;
	pid_t pid;

	CHECK(n > 0);
	path[n] = '\0';
	for (i = 0; environ[i] && j < 199; i++)
		if (strncmp(environ[i], "LD_PRELOAD=", 11) &&
		    strncmp(environ[i], "GREENSHIM_", 10))
			env[j++] = environ[i];
	env[j] = NULL;
	snprintf(number, sizeof(number), "%d", role);
	snprintf(fd, sizeof(fd), "%d", shared_fd);
	reach(0);
	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		execve(path, argv, env);
		_exit(97);
	}
	common->pid = pid;
	return pid;
}

/* Called first in main: in the peer it does not return. */
static void peer_or_not(int argc, char **argv, size_t size,
			void (*const roles[])(void))
{
	if (argc == 3) {
		shared_fd = atoi(argv[2]);
		map_shared(size);
		roles[atoi(argv[1])]();
		fflush(stdout);
		_exit(0);
	}
	shared_fd = memfd_create("shared", 0);
	CHECK(shared_fd >= 0);
	CHECK_INT(ftruncate(shared_fd, size + 4096), 0);
	map_shared(size);
	be_threaded();
}

/*
 * Another thread of the greened process, which must get the CPU while others
 * wait.
 */
static int ticks_, tick_stop_;

static void *tick_(void *argument)
{
	while (!__atomic_load_n(&tick_stop_, __ATOMIC_RELAXED)) {
		__atomic_fetch_add(&ticks_, 1, __ATOMIC_RELAXED);
		sleep_ms(1);
	}
	return argument;
}

UNUSED static pthread_t ticker_start(void)
{
	return start(tick_, NULL);
}

UNUSED static int ticks(void)
{
	return __atomic_load_n(&ticks_, __ATOMIC_RELAXED);
}

UNUSED static void ticker_stop(pthread_t thread)
{
	__atomic_store_n(&tick_stop_, 1, __ATOMIC_RELAXED);
	join(thread);
}
