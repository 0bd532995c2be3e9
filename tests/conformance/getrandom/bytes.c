/*
 * getrandom(2), getentropy(3), arc4random(3), by their names and by number.  A
 * bad pointer is passed by number: where libc takes the bytes from the vDSO, the
 * function itself writes there.
 */
#include "lib.h"
#include <sys/random.h>

static void *takes(void *argument)
{
	unsigned char data[256], zero[256] = { 0 };

	CHECK_INT(getrandom(data, sizeof(data), 0), sizeof(data));
	CHECK(memcmp(data, zero, sizeof(data)));
	memset(data, 0, sizeof(data));
	CHECK_INT(getentropy(data, sizeof(data)), 0);
	CHECK(memcmp(data, zero, sizeof(data)));
	memset(data, 0, sizeof(data));
	CHECK_INT(syscall(SYS_getrandom, data, 100l, GRND_NONBLOCK), 100);
	CHECK(memcmp(data, zero, sizeof(data)));
	CHECK(arc4random() != arc4random() || arc4random() != arc4random());
	CHECK_ERRNO(getentropy(data, UNSEEN(257)), EIO);
	CHECK_ERRNO(getrandom(data, 1, 0x1000), EINVAL);
	CHECK_ERRNO(syscall(SYS_getrandom, UNSEEN((void *)1), 8l, 0), EFAULT);
	CHECK_INT(getrandom(data, 0, 0), 0);
	return argument;
}

int main(void)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		threads[i] = start(takes, NULL);
	for (int i = 0; i < 4; i++)
		join(threads[i]);
	takes(NULL);
	ok("random bytes");
	return 0;
}
