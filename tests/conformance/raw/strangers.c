// ENV: GREENSHIM_RAW=1
/*
 * A thread that the program made without libc wakes threads that already wait
 * on a futex, and threads that will.
 */
#include "own.h"

#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>

static char stack[65536] __attribute__((aligned(16)));
static atomic_uint first, second, wanted;
static atomic_int waiting;

static void stranger(void)
{
	struct timespec ts = { 0, 50000000 };

	own(SYS_nanosleep, &ts, NULL);
	first = 1;
	own(SYS_futex, &first, FUTEX_WAKE_PRIVATE, 1000);
	while (!wanted)
		own(SYS_futex, &wanted, FUTEX_WAIT_PRIVATE, 0, NULL);
	own(SYS_nanosleep, &ts, NULL);
	second = 1;
	own(SYS_futex, &second, FUTEX_WAKE_PRIVATE, 1000);
	own(SYS_exit, 0);
}

static void make_stranger(void)
{
	long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		     CLONE_THREAD | CLONE_SYSVSEM;
	register void (*fn)(void) __asm__("r12") = stranger;
	long pid;

	__asm__ volatile("syscall\n"
			 "test %%rax, %%rax\n"
			 "jnz 1f\n"
			 "call *%%r12\n"
			 "hlt\n"
			 "1:"
			 : "=a"(pid)
			 : "a"(SYS_clone), "D"(flags),
			   "S"(stack + sizeof(stack)), "d"(0L), "r"(fn)
			 : "rcx", "r8", "r9", "r10", "r11", "memory");
	CHECK(pid > 0);
}

static void wait_on(atomic_uint *word)
{
	waiting++;
	while (!*word) {
		long r = own(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL);

		CHECK(r == 0 || r == -EAGAIN);
	}
}

static void *wait_first(void *arg)
{
	wait_on(&first);
	return arg;
}

static void *wait_second(void *arg)
{
	wait_on(&second);
	return arg;
}

int main(void)
{
	pthread_t threads[8];
	int i;

	for (i = 0; i < 4; i++)
		threads[i] = start(wait_first, NULL);
	WAIT_UNTIL(waiting == 4);
	settle();
	make_stranger();
	for (i = 0; i < 4; i++)
		join(threads[i]);
	ok("waits from before");
	for (i = 0; i < 4; i++)
		threads[i] = start(wait_second, NULL);
	WAIT_UNTIL(waiting == 8);
	wanted = 1;
	own(SYS_futex, &wanted, FUTEX_WAKE_PRIVATE, 1);
	for (i = 0; i < 4; i++)
		join(threads[i]);
	ok("waits from after");
	return 0;
}
