/*
 * execve(2) in a thread other than main replaces the whole process: same pid,
 * FD_CLOEXEC honoured, environment and arguments as given, no other thread
 * left.
 */
#include "lib.h"

static int inherited, not_inherited;

static void *parked(void *argument)
{
	char byte;

	return (void *)(intptr_t)read((int)(intptr_t)argument, &byte, 1);
}

static void *execs(void *argument)
{
	char a[16], b[16], pid[16];
	char *args[] = { argument, "second", a, b, pid, NULL };
	char *env[] = { "CONFORMANCE=yes", NULL, NULL, NULL, NULL };
	const char *keep[] = { "LD_PRELOAD", "GREENSHIM_HUBS" };
	char kept[2][4200];

	settle();
	/* The given environment, and what a greened process needs. */
	for (int i = 0, n = 1; i < 2; i++) {
		if (getenv(keep[i])) {
			snprintf(kept[i], sizeof(kept[i]), "%s=%s", keep[i],
				 getenv(keep[i]));
			env[n++] = kept[i];
		}
	}
	snprintf(a, sizeof(a), "%d", inherited);
	snprintf(b, sizeof(b), "%d", not_inherited);
	snprintf(pid, sizeof(pid), "%d", getpid());
	CHECK_ERRNO(execve("/nonexistent/program", args, env), ENOENT);
	CHECK_ERRNO(execve("/tmp", args, env), EACCES);
	ok("failed ones leave all as it was");
	execve("/proc/self/exe", args, env);
	FAIL("execve: errno %d", errno);
}

static int second(char **argv)
{
	char data[8];
	int in = atoi(argv[2]);
	pthread_t thread;

	CHECK_INT(getpid(), atoi(argv[4]));
	CHECK_INT(gettid(), getpid());
	CHECK(strcmp(getenv("CONFORMANCE"), "yes") == 0);
	CHECK(getenv("PATH") == NULL);
	CHECK_ERRNO(fcntl(atoi(argv[3]), F_GETFD), EBADF);
	CHECK_INT(fcntl(in, F_GETFL) & O_NONBLOCK, 0);
	CHECK_INT(read(in, data, 8), 5);
	CHECK(memcmp(data, "there", 5) == 0);
	/* The new program can create threads as well. */
	thread = start(parked, (void *)(intptr_t)in);
	CHECK_INT((intptr_t)join(thread), 0);
	ok("executed");
	return 0;
}

int main(int argc, char **argv)
{
	int fds[2], others[2];

	if (argc > 1)
		return second(argv);
	CHECK_INT(pipe(fds), 0);
	CHECK_INT(pipe2(others, O_CLOEXEC), 0);
	inherited = fds[0];
	not_inherited = others[0];
	for (int i = 0; i < 20; i++)
		start(parked, (void *)(intptr_t)others[0]);
	CHECK_INT(write(fds[1], "there", 5), 5);
	CHECK_INT(fcntl(fds[1], F_SETFD, FD_CLOEXEC), 0);
	start(execs, argv[0]);
	for (;;)
		pause();
}
