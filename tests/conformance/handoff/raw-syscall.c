/*
 * A thread that waits in a system call made by its own instruction, which the
 * shim does not see, costs what a kernel thread would: the others continue at
 * once.
 */
#include "lib.h"

#define BLOCKED 8

static long raw_read(int fd, void *buffer, size_t size)
{
	long result;

#if defined(__x86_64__)
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(SYS_read), "D"(fd), "S"(buffer), "d"(size)
			 : "rcx", "r11", "memory");
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = SYS_read;
	register long x0 __asm__("x0") = fd;
	register void *x1 __asm__("x1") = buffer;
	register size_t x2 __asm__("x2") = size;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2)
			 : "memory");
	result = x0;
#else
#error "no raw system call for this machine"
#endif
	return result;
}

static int fds[BLOCKED][2], pair[2];

static void *blocks(void *argument)
{
	char byte = 0;
	int n = (int)(intptr_t)argument;

	/* More than once: the second wait follows a switch back. */
	for (int i = 0; i < 2; i++) {
		CHECK_INT(raw_read(fds[n][0], &byte, 1), 1);
		CHECK_INT(byte, 'a' + n);
		usleep(100);
	}
	return argument;
}

static void *echo(void *argument)
{
	char byte;

	(void)argument;
	while (read(pair[0], &byte, 1) == 1)
		CHECK_INT(write(pair[0], &byte, 1), 1);
	return NULL;
}

int main(void)
{
	pthread_t threads[BLOCKED], echoing;
	long long worst = 0;
	char byte = 'x';

	be_threaded();
	stream_pair(pair);
	for (int i = 0; i < BLOCKED; i++) {
		CHECK_INT(pipe(fds[i]), 0);
		threads[i] = start(blocks, (void *)(intptr_t)i);
	}
	echoing = start(echo, NULL);
	/* Each of them was handed off once. */
	settle();
	settle();
	for (int i = 0; i < 200; i++) {
		long long before = now_ns();

		CHECK_INT(write(pair[1], &byte, 1), 1);
		CHECK_INT(read(pair[1], &byte, 1), 1);
		if (now_ns() - before > worst)
			worst = now_ns() - before;
		if (i % 20 == 0)
			sleep_ms(1);
	}
	if (worst > 500000000)
		FAIL("a round trip took %lld us", worst / 1000);
	ok("round trips beside blocked threads");
	for (int round = 0; round < 2; round++) {
		for (int i = BLOCKED - 1; i >= 0; i--) {
			byte = (char)('a' + i);
			CHECK_INT(write(fds[i][1], &byte, 1), 1);
		}
		settle();
	}
	for (int i = 0; i < BLOCKED; i++)
		CHECK_INT((intptr_t)join(threads[i]), i);
	close(pair[1]);
	join(echoing);
	ok("woken");
	return 0;
}
