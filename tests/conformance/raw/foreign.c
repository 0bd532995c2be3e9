// ENV: GREENSHIM_RAW=1
/*
 * System calls of the 32-bit interface, whose numbers mean other calls.
 */
#include "own.h"

#define NR32_GETPPID 64
#define NR32_WRITE   4

static long call32(long nr, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(a), "c"(b), "d"(c)
			 : "memory");
	return (int)r;
}

static void check(void)
{
	CHECK_INT(call32(NR32_GETPPID, 0, 0, 0), getppid());
	CHECK_INT(call32(NR32_WRITE, -1, 0, 0), -EBADF);
	ok("32-bit calls");
}

/* Without support in the kernel, the instruction faults. */
static void missing(int sig)
{
	(void)sig;
	ok("no 32-bit calls");
	_exit(0);
}

int main(void)
{
	be_threaded();
	signal(SIGSEGV, missing);
	run_both(check);
	return 0;
}
