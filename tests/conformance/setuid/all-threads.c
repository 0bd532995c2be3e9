/*
 * setuid(2) and kin change the user of the whole process: of threads that
 * sleep, wait in a call, are CPU-bound, have a kernel thread of their own, or
 * are created later; and of every kernel thread.
 */
#include "lib.h"
#include <dirent.h>
#include <sched.h>
#include <sys/prctl.h>

#define USER 65534

static int fds[2], changed, seen;

static void check_user(void)
{
	CHECK_INT(getuid(), USER);
	CHECK_INT(geteuid(), USER);
	CHECK_INT(syscall(SYS_getegid), USER);
	__atomic_fetch_add(&seen, 1, __ATOMIC_RELAXED);
}

static void *sleeps(void *argument)
{
	while (!__atomic_load_n(&changed, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	check_user();
	return argument;
}

static void *reads(void *argument)
{
	char byte;

	read_all(fds[0], &byte, 1);
	check_user();
	return argument;
}

static void *computes(void *argument)
{
	while (!__atomic_load_n(&changed, __ATOMIC_ACQUIRE))
		;
	check_user();
	return argument;
}

static void *has_its_own(void *argument)
{
	CHECK_INT(prctl(PR_SET_TIMERSLACK, 77777, 0, 0, 0), 0);
	while (!__atomic_load_n(&changed, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	check_user();
	return argument;
}

static void *changes(void *argument)
{
	CHECK_INT(setgid(USER), 0);
	CHECK_INT(setuid(USER), 0);
	CHECK_ERRNO(setuid(0), EPERM);
	check_user();
	__atomic_store_n(&changed, 1, __ATOMIC_RELEASE);
	return argument;
}

static void *is_new(void *argument)
{
	check_user();
	return argument;
}

static void check_kernel_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;

	CHECK(dir != NULL);
	while ((entry = readdir(dir)) != NULL) {
		char path[300], line[256];
		FILE *file;
		int user;

		snprintf(path, sizeof(path), "/proc/self/task/%s/status",
			 entry->d_name);
		if (entry->d_name[0] == '.' || !(file = fopen(path, "r")))
			continue;
		while (fgets(line, sizeof(line), file))
			if (sscanf(line, "Uid: %d", &user) == 1)
				CHECK_INT(user, USER);
		fclose(file);
	}
	closedir(dir);
}

static void in_child(void)
{
	pthread_t threads[20];
	void *(*const work[])(void *) = { sleeps, reads, computes,
					  has_its_own };

	for (int i = 0; i < 20; i++)
		threads[i] = start(i < 16 ? work[i % 2] : work[2 + i % 2],
				   NULL);
	settle();
	join(start(changes, NULL));
	write_all(fds[1], "xxxxxxxx", 8);
	for (int i = 0; i < 20; i++)
		join(threads[i]);
	join(start(is_new, NULL));
	check_user();
	check_kernel_threads();
	CHECK_INT(seen, 23);
	_exit(0);
}

int main(void)
{
	pid_t pid;

	if (geteuid() != 0) {
		ok("not allowed");
		return 0;
	}
	CHECK_INT(pipe(fds), 0);
	pid = fork();
	if (pid == 0)
		in_child();
	CHECK_INT(wait_for(pid), 0);
	ok("all of them");
	return 0;
}
