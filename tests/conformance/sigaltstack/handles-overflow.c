// EXPECT-STATUS: 42
/*
 * A program that catches SIGSEGV on an alternate stack sees its thread's stack
 * overflow there, and decides what to do.
 */
#include "lib.h"

static __thread char *low;

static int __attribute__((noinline)) descend(int depth)
{
	volatile char frame[1000];

	frame[0] = (char)depth;
	return depth < 0 ? 0 : descend(depth + 1) + frame[0];
}

static void handler(int signo, siginfo_t *info, void *context)
{
	volatile char here;

	(void)context;
	if (signo == SIGSEGV && info->si_addr != NULL && (char *)&here > low &&
	    (char *)&here < low + 65536) {
		if (write(1, "ok caught\n", 10) == 10)
			_exit(42);
	}
	_exit(1);
}

static void *thread(void *argument)
{
	stack_t stack = { .ss_sp = malloc(65536), .ss_size = 65536 };

	low = stack.ss_sp;
	CHECK_INT(sigaltstack(&stack, NULL), 0);
	sleep_ms(5);
	return (void *)(intptr_t)(descend(0) + (argument != NULL));
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_ONSTACK | SA_SIGINFO };

	CHECK_INT(sigaction(SIGSEGV, &action, NULL), 0);
	join(start(thread, NULL));
	return 0;
}
