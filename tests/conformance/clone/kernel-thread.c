/*
 * A kernel thread of this process that libc's clone() makes, on its maker's
 * TLS as far as it knows, wakes threads that wait on a futex: by syscall(2) and
 * by an instruction of its own.
 */
#include "lib.h"
#include <linux/futex.h>
#include <sched.h>

#define STACK 65536
#define FLAGS                                                                  \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |    \
	 CLONE_SYSVSEM)

static uint32_t word, gone;
static int own_instruction, tid_there;

static long wake(uint32_t *at)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = 0;
	long result;

	if (own_instruction) {
		__asm__ volatile("syscall"
				 : "=a"(result)
				 : "0"(SYS_futex), "D"(at),
				   "S"(FUTEX_WAKE_PRIVATE), "d"(INT_MAX),
				   "r"(r10)
				 : "rcx", "r11", "memory");
		return result;
	}
#endif
	return syscall(SYS_futex, at, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL,
		       0);
}

static int thread(void *argument)
{
	struct timespec ms = { 0, 5000000 };

	(void)argument;
	syscall(SYS_nanosleep, &ms, NULL);
	tid_there = (int)syscall(SYS_gettid);
	__atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
	wake(&word);
	return 0;
}

static void *waits(void *argument)
{
	while (!__atomic_load_n(&word, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return argument;
}

static void checks(void)
{
	static char stacks[10][STACK];
	pthread_t waiters[3];
	pid_t tid, tid_here;
	int i, n;

	for (n = 0; n < 10; n++) {
		word = 0;
		gone = 1;
		for (i = 0; i < 3; i++)
			waiters[i] = start(waits, NULL);
		tid_here = 0;
		tid = clone(thread, stacks[n] + STACK,
			    FLAGS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |
				    CLONE_CHILD_SETTID,
			    NULL, &tid_here, NULL, &gone);
		CHECK(tid > 0);
		CHECK_INT(tid_here, tid);
		waits(NULL);
		for (i = 0; i < 3; i++)
			join(waiters[i]);
		CHECK_INT(tid_there, tid);
		/* The kernel clears the word when the thread has exited. */
		WAIT_UNTIL(__atomic_load_n(&gone, __ATOMIC_SEQ_CST) == 0);
	}
}

int main(void)
{
	run_both(checks);
	ok("wakes by syscall(2)");
	own_instruction = 1;
	run_both(checks);
	ok("wakes by its own instruction");
	return 0;
}
