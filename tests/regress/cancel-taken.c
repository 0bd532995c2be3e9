/*
 * A thread that was CPU-bound for so long that another carrier took its hub,
 * and that then waits in the kernel, can be cancelled there like any other.
 */
#include "lib.h"

static int begun, held;

static void *waits(void *argument)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = *(int *)argument;
	long long until = now_ms() + 100;

	while (now_ms() < until)
		;
	__atomic_store_n(&begun, 1, __ATOMIC_SEQ_CST);
	fcntl(fd, F_OFD_SETLKW, &lock);
	FAIL("got a lock that is held");
}

int main(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[64];
	pthread_t thread;
	int fd;

	held = scratch_file();
	CHECK_INT(fcntl(held, F_OFD_SETLK, &lock), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", held);
	fd = open(path, O_RDWR);
	CHECK(fd >= 0);
	thread = start(waits, &fd);
	WAIT_UNTIL(__atomic_load_n(&begun, __ATOMIC_SEQ_CST));
	settle();
	CHECK_INT(pthread_cancel(thread), 0);
	CHECK(join(thread) == PTHREAD_CANCELED);
	ok("cancelled");
	return 0;
}
