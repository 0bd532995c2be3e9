/*
 * A process inherits from the thread that creates it, also where other threads
 * differ: its niceness, and everything else that belongs to one thread.
 * fork(2), vfork(2), posix_spawn(3), system(3), popen(3).
 */
#include "lib.h"
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define NICE 7

extern char **environ;

static char *const command[] = { "sh", "-c", "test `nice` = $EXPECTED", NULL };

static void exited(int status)
{
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 0);
}

static void make_each(void)
{
	char line[16] = "";
	FILE *stream;
	pid_t pid;

	pid = fork();
	if (pid == 0)
		_exit(getpriority(PRIO_PROCESS, 0) != atoi(getenv("EXPECTED")));
	exited(wait_for(pid));
	pid = vfork();
	if (pid == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	exited(wait_for(pid));
	CHECK_INT(posix_spawnp(&pid, command[0], NULL, NULL, command, environ),
		  0);
	exited(wait_for(pid));
	exited(system(command[2]));
	stream = popen("nice", "r");
	CHECK(stream != NULL);
	CHECK(fgets(line, sizeof(line), stream) != NULL);
	exited(pclose(stream));
	CHECK_INT(atoi(line), atoi(getenv("EXPECTED")));
}

static void *another(void *argument)
{
	make_each();
	return argument;
}

static void *is_nicer(void *argument)
{
	char expected[16];
	int mine = getpriority(PRIO_PROCESS, 0) + NICE;

	CHECK_INT(setpriority(PRIO_PROCESS, 0, mine), 0);
	sleep_ms(1);
	snprintf(expected, sizeof(expected), "%d", mine);
	setenv("EXPECTED", expected, 1);
	for (int i = 0; i < 3; i++)
		make_each();
	join(start(another, NULL));
	return argument;
}

int main(void)
{
	char expected[16];

	join(start(is_nicer, NULL));
	ok("like its maker");
	snprintf(expected, sizeof(expected), "%d",
		 getpriority(PRIO_PROCESS, 0));
	setenv("EXPECTED", expected, 1);
	make_each();
	join(start(another, NULL));
	ok("like others");
	return 0;
}
