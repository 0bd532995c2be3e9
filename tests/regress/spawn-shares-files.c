/*
 * A child that runs another program changes the flags of a file that it
 * inherited, and so of its parent's. The parent once relied on what it had
 * known before, unless the child came from fork.
 */
#include "lib.h"
#include <spawn.h>

extern char **environ;

enum { FORK, VFORK, SPAWN, ACTIONS, SYSTEM, POPEN, WAYS };

static void run(int way, int fd)
{
	posix_spawn_file_actions_t actions;
	char number[8], command[64];
	char *argv[] = { "self", number, NULL };
	static char self[] = "/proc/self/exe";
	FILE *stream;
	pid_t pid = 0;

	snprintf(number, sizeof(number), "%d", way == ACTIONS ? 9 : fd);
	snprintf(command, sizeof(command), "exec /proc/%d/exe %d", getpid(),
		 fd);
	switch (way) {
	case FORK:
		pid = fork();
		if (pid == 0) {
			execv(self, argv);
			_exit(1);
		}
		break;
	case VFORK:
		pid = vfork();
		if (pid == 0) {
			execv(self, argv);
			_exit(1);
		}
		break;
	case SPAWN:
		CHECK_INT(posix_spawn(&pid, self, NULL, NULL, argv, environ),
			  0);
		break;
	case ACTIONS: /* a duplicate, which exec would close */
		CHECK_INT(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_adddup2(&actions, fd, 9);
		CHECK_INT(posix_spawnp(&pid, self, &actions, NULL, argv,
				       environ),
			  0);
		posix_spawn_file_actions_destroy(&actions);
		break;
	case SYSTEM:
		CHECK_INT(system(command), 0);
		return;
	default:
		stream = popen(command, "r");
		CHECK(stream != NULL);
		CHECK_INT(pclose(stream), 0);
		return;
	}
	CHECK_INT(wait_for(pid), 0);
}

static void *writes(void *argument)
{
	settle();
	CHECK_INT(write((int)(intptr_t)argument, "a", 1), 1);
	return NULL;
}

static void checks(void)
{
	for (int way = 0; way < WAYS; way++) {
		int fds[2];
		char byte;

		CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		pthread_t thread = start(writes, (void *)(intptr_t)fds[1]);

		CHECK_INT(read(fds[0], &byte, 1), 1);
		join(thread);
		run(way, fds[0]);
		CHECK_INT(fcntl(fds[0], F_SETFD, FD_CLOEXEC), 0);
		CHECK_ERRNO(read(fds[0], &byte, 1), EAGAIN);
		close(fds[0]);
		close(fds[1]);
		ok("way %d", way);
	}
}

/* Before there are threads, which then find it like this. */
static void early(void)
{
	int fds[WAYS][2];
	char byte;

	for (int way = 0; way < WAYS; way++) {
		CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds[way]), 0);
		run(way, fds[way][0]);
	}
	be_threaded();
	for (int way = 0; way < WAYS; way++)
		CHECK_ERRNO(read(fds[way][0], &byte, 1), EAGAIN);
	ok("early");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return fcntl(atoi(argv[1]), F_SETFL, O_NONBLOCK) != 0;
	early();
	run_both(checks);
	return 0;
}
