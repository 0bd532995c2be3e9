// EXPECT-SIGNAL: SEGV
/*
 * The main thread, too, dies by SIGSEGV when it runs over its stack's end
 * after threads were made.
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
