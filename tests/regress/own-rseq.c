/*
 * A thread registers memory of its own for rseq(2), as allocators do where
 * libc is told not to: either every thread can, or none. A registration once
 * stayed with the kernel thread, which then ran other threads.
 */
#include "lib.h"
#include <linux/rseq.h>

#define THREADS	  8
#define SIGNATURE 0x53053053

static __thread volatile struct rseq mine;
static int registered[THREADS + 1];

static int call(int flags)
{
	return (int)syscall(SYS_rseq, &mine, sizeof(mine), flags, SIGNATURE);
}

static void use(int *can)
{
	*can = call(0) == 0;
	for (int i = 0; i < 20; i++) {
		if (*can)
			CHECK((int)mine.cpu_id >= 0);
		sleep_ms(1);
	}
	if (*can)
		CHECK_INT(call(RSEQ_FLAG_UNREGISTER), 0);
}

static void *thread(void *argument)
{
	use(argument);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];

	if (argc == 1) {
		setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
		execl("/proc/self/exe", argv[0], "again", NULL);
		return 1;
	}
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(thread, &registered[i]);
	use(&registered[THREADS]);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	for (int i = 0; i < THREADS; i++)
		CHECK_INT(registered[i], registered[THREADS]);
	ok("all or none");
	return 0;
}
