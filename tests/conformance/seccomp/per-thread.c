/*
 * seccomp(2): a filter belongs to the calling thread and to the threads that
 * it creates; with SECCOMP_FILTER_FLAG_TSYNC, to every thread.
 */
#include "lib_seccomp.h"

#include <sys/utsname.h>

static int fds[2], back[2];
static volatile sig_atomic_t trapped;

static int filter(unsigned int flags, unsigned int action)
{
	return filter_call(SYS_uname, action, flags);
}

static int mode(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
}

static void check_uname(int error)
{
	struct utsname name;

	if (error)
		CHECK_ERRNO(uname(&name), error);
	else
		CHECK_INT(uname(&name), 0);
}

static void *inherits(void *argument)
{
	for (int i = 0; i < 3; i++) {
		CHECK_INT(mode(), SECCOMP_MODE_FILTER);
		check_uname(EDOM);
		sleep_ms(1);
	}
	return argument;
}

static void *has_none(void *argument)
{
	for (int i = 0; i < 10; i++) {
		CHECK_INT(mode(), 0);
		check_uname(0);
		sleep_ms(1);
	}
	return argument;
}

static void *filters(void *argument)
{
	char byte;

	CHECK_INT(filter(0, SECCOMP_RET_ERRNO | EDOM), 0);
	inherits(NULL);
	join(start(inherits, NULL));
	write_all(back[1], "x", 1);
	read_all(fds[0], &byte, 1);
	inherits(NULL);
	return argument;
}

static void on_trap(int sig, siginfo_t *info, void *context)
{
	CHECK_INT(sig, SIGSYS);
	CHECK_INT(info->si_syscall, SYS_uname);
	CHECK(context != NULL);
	trapped++;
}

static void *traps(void *argument)
{
	struct utsname name;

	CHECK_INT(filter(0, SECCOMP_RET_TRAP), 0);
	uname(&name);
	CHECK_INT(trapped, 1);
	sleep_ms(1);
	syscall(SYS_uname, &name);
	CHECK_INT(trapped, 2);
	return argument;
}

static void one_thread(void)
{
	struct sigaction act = { .sa_sigaction = on_trap,
				 .sa_flags = SA_SIGINFO };
	pthread_t thread, other;
	char byte;

	other = start(has_none, NULL);
	thread = start(filters, NULL);
	read_all(back[0], &byte, 1);
	has_none(NULL);
	write_all(fds[1], "x", 1);
	join(thread);
	join(other);
	has_none(NULL);
	CHECK_INT(sigaction(SIGSYS, &act, NULL), 0);
	join(start(traps, NULL));
	has_none(NULL);
	_exit(0);
}

static void *waits(void *argument)
{
	char byte;

	check_uname(0);
	write_all(back[1], "x", 1);
	read_all(fds[0], &byte, 1);
	inherits(NULL);
	return argument;
}

static void *filters_all(void *argument)
{
	CHECK_INT(filter(SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_RET_ERRNO | EDOM),
		  0);
	check_uname(EDOM);
	return argument;
}

static void all_threads(void)
{
	pthread_t threads[8];
	char byte;

	for (int i = 0; i < 8; i++)
		threads[i] = start(waits, NULL);
	for (int i = 0; i < 8; i++)
		read_all(back[0], &byte, 1);
	join(start(filters_all, NULL));
	write_all(fds[1], "xxxxxxxx", 8);
	for (int i = 0; i < 8; i++)
		join(threads[i]);
	inherits(NULL);
	join(start(inherits, NULL));
	_exit(0);
}

static void in_child(void (*function)(void), const char *what)
{
	pid_t pid = fork();

	if (pid == 0)
		function();
	CHECK_INT(wait_for(pid), 0);
	ok("%s", what);
}

int main(void)
{
	CHECK_INT(pipe(fds), 0);
	CHECK_INT(pipe(back), 0);
	in_child(one_thread, "one thread");
	in_child(all_threads, "all threads");
	return 0;
}
