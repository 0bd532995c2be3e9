/*
 * A kernel thread unknown to libc and to the program's threads, made by
 * clone(2) with shared memory: it makes raw system calls only, and wakes the
 * others, and is woken by them, over a futex and a pipe.
 */
#include "lib.h"
#include <linux/futex.h>
#include <sched.h>

static uint32_t word, back;
static int fds[2];

#if defined(__x86_64__)
/* No libc function and no errno: its TLS register is another thread's. */
static long raw(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

static int alien(void *argument)
{
	struct timespec ms = { 0, 30000000 };

	(void)argument;
	raw(SYS_nanosleep, (long)&ms, 0, 0, 0);
	__atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
	raw(SYS_futex, (long)&word, FUTEX_WAKE, INT_MAX, 0);
	raw(SYS_write, fds[1], (long)"x", 1, 0);
	while (__atomic_load_n(&back, __ATOMIC_SEQ_CST) == 0)
		raw(SYS_futex, (long)&back, FUTEX_WAIT, 0, (long)&ms);
	raw(SYS_write, fds[1], (long)"y", 1, 0);
	return 0;
}

static void *waiter(void *argument)
{
	struct timespec ms = { 0, 10000000 };

	(void)argument;
	/*
	 * With a timeout, as a raw futex wake reaches only threads that wait in
	 * the kernel.
	 */
	while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0)
		syscall(SYS_futex, &word, FUTEX_WAIT, 0, &ms, NULL, 0);
	return NULL;
}
#endif

int main(void)
{
#if defined(__x86_64__)
	pthread_t threads[10];
	char *stack = malloc(65536), byte;

	CHECK_INT(pipe(fds), 0);
	for (int i = 0; i < 10; i++)
		threads[i] = start(waiter, NULL);
	CHECK(clone(alien, stack + 65536,
		    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			    CLONE_THREAD | CLONE_SYSVSEM,
		    NULL) > 0);
	for (int i = 0; i < 10; i++)
		join(threads[i]);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	CHECK_INT(byte, 'x');
	__atomic_store_n(&back, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &back, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	CHECK_INT(read(fds[0], &byte, 1), 1);
	CHECK_INT(byte, 'y');
#endif
	ok("an alien comes and goes");
	return 0;
}
