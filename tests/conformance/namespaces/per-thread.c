/*
 * unshare(2), setns(2): a namespace belongs to one thread and to the threads
 * and processes that it creates. A process with threads may not change its
 * user namespace, and cannot create threads after making a pid namespace for
 * its children.
 */
#include "lib.h"
#include <sched.h>

#define NAME "of-one-thread"

static char before[256];
static int fds[2], back[2];

static void check_name(const char *want)
{
	char name[256];

	CHECK_INT(gethostname(name, sizeof(name)), 0);
	CHECK(!strcmp(name, want));
}

static void *has(void *want)
{
	for (int i = 0; i < 5; i++) {
		check_name(want);
		sleep_ms(1);
	}
	return NULL;
}

static int in_child(const char *want)
{
	pid_t pid = fork();

	if (pid == 0) {
		check_name(want);
		join(start(has, (void *)want));
		_exit(getpid() == 1);
	}
	return WEXITSTATUS(wait_for(pid));
}

static void *moves(void *argument)
{
	int home = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	char byte;

	CHECK(home >= 0);
	CHECK_ERRNO(unshare(CLONE_NEWUSER), EINVAL);
	CHECK_INT(unshare(CLONE_NEWUTS), 0);
	CHECK_INT(sethostname(NAME, strlen(NAME)), 0);
	has(NAME);
	join(start(has, NAME));
	CHECK_INT(in_child(NAME), 0);
	write_all(back[1], "x", 1);
	read_all(fds[0], &byte, 1);
	CHECK_INT(syscall(SYS_setns, home, CLONE_NEWUTS), 0);
	has(before);
	close(home);
	return argument;
}

static void *makes_pids(void *argument)
{
	pthread_t thread;

	CHECK_INT(unshare(CLONE_NEWPID), 0);
	CHECK_INT(in_child(before), 1);
	CHECK_INT(pthread_create(&thread, NULL, has, before), EINVAL);
	return argument;
}

int main(void)
{
	pthread_t thread, other;
	char byte;

	if (geteuid() != 0 || unshare(CLONE_NEWIPC) < 0) {
		ok("not allowed");
		return 0;
	}
	CHECK_INT(pipe(fds), 0);
	CHECK_INT(pipe(back), 0);
	CHECK_INT(gethostname(before, sizeof(before)), 0);
	other = start(has, before);
	thread = start(moves, NULL);
	read_all(back[0], &byte, 1);
	has(before);
	CHECK_INT(in_child(before), 0);
	write_all(fds[1], "x", 1);
	join(thread);
	join(other);
	ok("each its own");
	join(start(makes_pids, NULL));
	join(start(has, before));
	CHECK_INT(in_child(before), 0);
	ok("pids");
	return 0;
}
