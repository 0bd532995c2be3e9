/*
 * clone(2) without CLONE_VM makes a child like fork(2)'s that begins in a
 * function on another stack.  The child may have threads of its own.
 */
#include "lib.h"
#include <sched.h>

#define STACK 65536

static int value;

static void *sets(void *argument)
{
	value = *(int *)argument;
	return NULL;
}

static int child(void *argument)
{
	pthread_t threads[3];
	int i;

	for (i = 0; i < 3; i++)
		threads[i] = start(sets, argument);
	for (i = 0; i < 3; i++)
		join(threads[i]);
	return value;
}

static void checks(void)
{
	char *stack = malloc(STACK);
	int flags[] = { SIGCHLD, SIGCHLD | CLONE_VFORK };
	int i, pid, status, argument;

	for (i = 0; i < 2; i++) {
		value = 1;
		argument = 42 + i;
		pid = clone(child, stack + STACK, flags[i], &argument);
		CHECK(pid > 0);
		CHECK_INT(waitpid(pid, &status, 0), pid);
		CHECK(WIFEXITED(status));
		CHECK_INT(WEXITSTATUS(status), 42 + i);
		CHECK_INT(value, 1);
	}
	CHECK_ERRNO(clone(NULL, stack + STACK, SIGCHLD, NULL), EINVAL);
	CHECK_ERRNO(clone(child, NULL, SIGCHLD, NULL), EINVAL);
	free(stack);
}

int main(void)
{
	run_both(checks);
	ok("a child on another stack");
	return 0;
}
