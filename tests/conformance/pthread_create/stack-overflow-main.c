// EXPECT-SIGNAL: SEGV
/*
 * The main thread, too, dies of SIGSEGV when it overflows its stack after
 * threads were created.
 */
#include "lib.h"

static int __attribute__((noinline)) descend(int depth)
{
	volatile char frame[1000];

	frame[0] = (char)depth;
	return depth < 0 ? 0 : descend(depth + 1) + frame[0];
}

int main(void)
{
	be_threaded();
	ok("about to overflow");
	return descend(0);
}
