/*
 * Thread attributes with a stack of the program's own: the signal mask of
 * pthread_attr_setsigmask_np(3) was lost, in either order.
 */
#include "lib.h"
#include <sys/mman.h>

#define STACK (1 << 18)

static void *is_blocked(void *argument)
{
	sigset_t set;

	(void)argument;
	CHECK_INT(pthread_sigmask(SIG_SETMASK, NULL, &set), 0);
	CHECK_INT(sigismember(&set, SIGUSR1), 1);
	CHECK_INT(sigismember(&set, SIGUSR2), 0);
	return NULL;
}

static void with(int stack_first)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t set;
	void *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(stack != MAP_FAILED);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_attr_init(&attr);
	if (stack_first)
		CHECK_INT(pthread_attr_setstack(&attr, stack, STACK), 0);
	CHECK_INT(pthread_attr_setsigmask_np(&attr, &set), 0);
	if (!stack_first)
		CHECK_INT(pthread_attr_setstack(&attr, stack, STACK), 0);
	CHECK_INT(pthread_create(&thread, &attr, is_blocked, NULL), 0);
	join(thread);
	pthread_attr_destroy(&attr);
	munmap(stack, STACK);
	ok("the stack %s", stack_first ? "first" : "last");
}

int main(void)
{
	with(0);
	with(1);
	return 0;
}
