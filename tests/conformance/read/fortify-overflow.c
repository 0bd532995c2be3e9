// CFLAGS: -D_FORTIFY_SOURCE=2
// EXPECT-SIGNAL: ABRT
/*
 * A fortified read into a buffer that is too small ends the program with
 * SIGABRT: the interposed __read_chk checks as libc's does.
 */
#include "lib.h"

static volatile size_t size = 64;

static void *overflow(void *argument)
{
	char small[16];

	ok("about to overflow");
	if (read((int)(intptr_t)argument, small, size) > 0)
		ok("overflown: %c", small[3]);
	return NULL;
}

int main(void)
{
	int fds[2];
	char filler[64] = "";

	CHECK_INT(pipe(fds), 0);
	CHECK_INT(write(fds[1], filler, sizeof(filler)), sizeof(filler));
	join(start(overflow, (void *)(intptr_t)fds[0]));
	FAIL("not stopped");
}
