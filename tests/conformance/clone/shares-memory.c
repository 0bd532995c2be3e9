/*
 * clone(2) with CLONE_VM makes a process of its own in our memory: it has a pid,
 * waits for itself, wakes our threads on futexes, has its own signal handlers
 * and descriptors, and ends with a status.  With CLONE_VFORK its maker, and
 * nobody else, waits until it has exited.
 */
#include "lib.h"
#include <linux/futex.h>
#include <sched.h>

#define STACK 65536

static int fds[2], closed_in_child, extra_flags;
static volatile int seen;
static uint32_t word;

static int own_pid(void)
{
	char text[32] = "";
	int fd = open("/proc/self/stat", O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		return -1;
	close(fd);
	return atoi(text);
}

static int child(void *argument)
{
	struct timespec ms = { 0, 1000000 };

	seen = own_pid();
	signal(SIGUSR1, SIG_IGN);
	close(closed_in_child);
	nanosleep(&ms, NULL);
	__atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
	if (write(fds[1], "x", 1) != 1)
		return 1;
	return *(int *)argument;
}

/* By exit(2), where the other one returns. */
static int child_that_exits(void *argument)
{
	syscall(SYS_exit, child(argument));
	return 0;
}

static void *waits(void *argument)
{
	while (!__atomic_load_n(&word, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return argument;
}

static void once(int (*function)(void *), int status)
{
	char *stack = malloc(STACK), byte;
	pthread_t waiters[3];
	struct sigaction action;
	int i, pid, got;

	word = 0;
	for (i = 0; i < 3; i++)
		waiters[i] = start(waits, NULL);
	pid = clone(function, stack + STACK, extra_flags | CLONE_VM | SIGCHLD,
		    &status);
	CHECK(pid > 0);
	waits(NULL);
	for (i = 0; i < 3; i++)
		join(waiters[i]);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	CHECK_INT(waitpid(pid, &got, 0), pid);
	CHECK(WIFEXITED(got));
	CHECK_INT(WEXITSTATUS(got), status);
	CHECK_INT(seen, pid);
	CHECK_INT(fcntl(closed_in_child, F_GETFD), 0);
	CHECK_INT(sigaction(SIGUSR1, NULL, &action), 0);
	CHECK(action.sa_handler == SIG_DFL);
	free(stack);
}

static void checks(void)
{
	int i;

	for (i = 0; i < 10; i++) {
		once(child, i);
		once(child_that_exits, i);
	}
}

int main(void)
{
	CHECK_INT(pipe(fds), 0);
	closed_in_child = dup(0);
	CHECK(closed_in_child >= 0);
	run_both(checks);
	ok("beside its maker");
	extra_flags = CLONE_VFORK;
	run_both(checks);
	ok("while its maker waits");
	return 0;
}
