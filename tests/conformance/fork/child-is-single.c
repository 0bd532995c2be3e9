/*
 * fork(2): the child has one thread until it creates another, and may make the
 * system calls that the kernel allows single-threaded processes only.
 */
#include "lib.h"
#include <dirent.h>
#include <sched.h>

static int count_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int n = 0;

	CHECK(dir != NULL);
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* The kernel may refuse this, but not because there are threads. */
static int in_child(void)
{
	pthread_attr_t attr;
	char name[16];
	size_t size;
	void *low;

	CHECK_INT(count_threads(), 1);
	CHECK_INT(gettid(), getpid());
	CHECK_INT(pthread_getname_np(pthread_self(), name, sizeof(name)), 0);
	CHECK(!strcmp(name, "forks"));
	CHECK_INT(pthread_getattr_np(pthread_self(), &attr), 0);
	CHECK_INT(pthread_attr_getstack(&attr, &low, &size), 0);
	CHECK((char *)low < (char *)&attr &&
	      (char *)&attr < (char *)low + size);
	pthread_attr_destroy(&attr);
	if (unshare(CLONE_NEWUSER) < 0)
		return errno;
	return 1;
}

static void checks(void)
{
	pid_t pid;
	int status;

	CHECK_INT(pthread_setname_np(pthread_self(), "forks"), 0);
	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(in_child());
	status = wait_for(pid);
	CHECK(WIFEXITED(status));
	printf("unshare: %d\n", WEXITSTATUS(status));
}

int main(void)
{
	run_both(checks);
	return 0;
}
