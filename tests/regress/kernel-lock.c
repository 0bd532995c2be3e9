/*
 * Threads that map memory wait for each other in the kernel. Each such wait
 * was once taken for a fiber that blocks outside the shim, and the hub got
 * another kernel thread for it; these waited as well, so their number kept
 * growing.
 */
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "lib.h"

#define THREADS 200
#define ROUNDS	40
#define SIZE	(1 << 20)

static atomic_int working;

/* A wait that nothing intercepts: the program's own instruction. */
static void wait_unseen(void)
{
	struct timespec ts = { 0, 30000000 };
	int zero = 0;
	register long timeout __asm__("r10") = (long)&ts;
	long r = SYS_futex;

	__asm__ volatile("syscall"
			 : "+a"(r)
			 : "D"(&zero), "S"(FUTEX_WAIT_PRIVATE), "d"(0),
			   "r"(timeout)
			 : "rcx", "r11", "memory");
}

static void *map(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
			       0);

		CHECK(p != MAP_FAILED);
		for (int at = 0; at < SIZE; at += 4096)
			p[at] = 1;
		CHECK_INT(munmap(p, SIZE), 0);
		sched_yield();
	}
	atomic_fetch_sub(&working, 1);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	atomic_store(&working, THREADS);
	for (int i = 0; i < THREADS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, map, NULL), 0);
	while (atomic_load(&working) > 0) {
		wait_unseen();
		check_kernel_threads_at_most(16);
		sched_yield();
	}
	for (int i = 0; i < THREADS; i++)
		CHECK_INT(pthread_join(threads[i], NULL), 0);
	ok("mapped");
	return 0;
}
