// EXPECT-SIGNAL: SEGV
/*
 * A thread that overflows its stack dies of SIGSEGV and never touches another
 * thread's stack.
 */
#include "lib.h"

static int __attribute__((noinline)) descend(int depth)
{
	volatile char frame[1000];

	frame[0] = (char)depth;
	return depth < 0 ? 0 : descend(depth + 1) + frame[0];
}

static void *victim(void *argument)
{
	(void)argument;
	return (void *)(intptr_t)descend(0);
}

/* Would notice a write to its stack. */
static void *neighbour(void *argument)
{
	volatile char guard[100000];

	memset((char *)guard, 7, sizeof(guard));
	__atomic_add_fetch((int *)argument, 1, __ATOMIC_SEQ_CST);
	for (;;) {
		sleep_ms(1);
		for (size_t i = 0; i < sizeof(guard); i++)
			if (guard[i] != 7)
				FAIL("a neighbour's stack was written to");
	}
}

int main(void)
{
	int ready = 0;

	for (int i = 0; i < 10; i++)
		start(neighbour, &ready);
	WAIT_UNTIL(__atomic_load_n(&ready, __ATOMIC_SEQ_CST) == 10);
	ok("about to overflow");
	join(start(victim, NULL));
	FAIL("survived");
}
