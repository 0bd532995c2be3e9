/*
 * A thread with default attributes has the stack that ulimit -s says (8 MiB
 * here): recursion to nearly all of it works in threads and in main, also on a
 * stack that was used before, and with waits deep down.
 */
#include "lib.h"
#include <sys/resource.h>

#define FRAME 4096

static int fds[2];

static int __attribute__((noinline)) descend(size_t left)
{
	volatile char frame[FRAME - 128];
	int below = 0;

	frame[0] = (char)left;
	frame[sizeof(frame) - 1] = (char)left;
	if (left > FRAME) {
		below = descend(left - FRAME);
	} else {
		char byte;

		CHECK_INT(write(fds[1], "x", 1), 1);
		CHECK_INT(read(fds[0], &byte, 1), 1);
		sleep_ms(5);
	}
	CHECK_INT(frame[0], (char)left);
	CHECK_INT(frame[sizeof(frame) - 1], (char)left);
	return below + 1;
}

static void *thread(void *argument)
{
	return (void *)(intptr_t)descend((size_t)argument);
}

int main(void)
{
	struct rlimit limit;
	pthread_t threads[4];
	size_t deep;

	CHECK_INT(getrlimit(RLIMIT_STACK, &limit), 0);
	/* Leave room for what libc and the last calls need. */
	deep = limit.rlim_cur == RLIM_INFINITY ? 2 << 20
					       : limit.rlim_cur - (128 << 10);
	if (deep > 64 << 20)
		deep = 64 << 20;
	CHECK_INT(pipe(fds), 0);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 4; i++)
			threads[i] = start(thread, (void *)deep);
		for (int i = 0; i < 4; i++)
			CHECK_INT((intptr_t)join(threads[i]),
				  (deep + FRAME - 1) / FRAME);
	}
	ok("in threads");
	CHECK_INT(descend(deep), (deep + FRAME - 1) / FRAME);
	ok("in the main thread");
	return 0;
}
