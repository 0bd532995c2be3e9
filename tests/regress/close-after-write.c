/*
 * A thread that waited, was woken by data, and had not yet come to read them,
 * found its descriptor closed by then: EBADF in place of the data.
 */
#include "lib.h"

#define READERS 100

static _Atomic int began, woken;
static int fds[READERS][2];

static void *reader(void *argument)
{
	int i = (int)(intptr_t)argument;
	char data[8];

	began++;
	CHECK_INT(read(fds[i][0], data, sizeof(data)), 4);
	CHECK(!memcmp(data, "mine", 4));
	woken++;
	return NULL;
}

int main(void)
{
	pthread_t threads[READERS];

	for (int round = 0; round < 10; round++) {
		began = woken = 0;
		for (int i = 0; i < READERS; i++) {
			stream_pair(fds[i]);
			threads[i] = start_small(reader, (void *)(intptr_t)i);
		}
		WAIT_UNTIL(began == READERS);
		settle();
		for (int i = 0; i < READERS; i++) {
			int other;

			CHECK_INT(write(fds[i][1], "mine", 4), 4);
			CHECK_INT(close(fds[i][0]), 0);
			other = open("/etc/passwd", O_RDONLY);
			CHECK_INT(dup2(other, fds[i][0]), fds[i][0]);
			if (other != fds[i][0])
				close(other);
		}
		for (int i = 0; i < READERS; i++) {
			join(threads[i]);
			close(fds[i][0]);
			close(fds[i][1]);
		}
		CHECK_INT(woken, READERS);
	}
	ok("all have read");
	return 0;
}
