/*
 * futex(2) through syscall(2): what C++ guards and other languages' runtimes
 * build their locks on.  Wait, wake counts, timeouts relative and absolute,
 * bitsets, requeue, EAGAIN, EINVAL, EFAULT; 100 waiters.
 */
#include "lib.h"
#include <linux/futex.h>

#define THREADS 100

static uint32_t word, other;
static int woken, waiting;

static long futex(uint32_t *uaddr, int op, uint32_t value, const void *timeout,
		  uint32_t *uaddr2, uint32_t value3)
{
	return syscall(SYS_futex, uaddr, op, value, timeout, uaddr2, value3);
}

static void *waiter(void *argument)
{
	int op = (int)(intptr_t)argument;

	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	CHECK_INT(futex(&word, op, 0, NULL, NULL, FUTEX_BITSET_MATCH_ANY), 0);
	__atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void *bit_waiter(void *argument)
{
	uint32_t bit = 1u << (intptr_t)argument;

	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	CHECK_INT(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, bit),
		  0);
	__atomic_or_fetch(&woken, bit, __ATOMIC_SEQ_CST);
	return NULL;
}

static void wake_exactly(uint32_t *uaddr, int op, int count)
{
	int left = count;

	/* The threads may only be about to wait. */
	while (left > 0) {
		long got = futex(uaddr, op, left, NULL, NULL, 0);

		CHECK(got >= 0 && got <= left);
		left -= (int)got;
		if (left)
			sleep_ms(1);
	}
}

static void checks(void)
{
	struct timespec ms = { 0, 30000000 }, until, bad = { 0, -1 };
	pthread_t threads[THREADS];
	long long before;
	int ops[] = { FUTEX_WAIT, FUTEX_WAIT_PRIVATE, FUTEX_WAIT_BITSET };

	CHECK_ERRNO(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0), EAGAIN);
	CHECK_INT(futex(&word, FUTEX_WAKE, 10, NULL, NULL, 0), 0);
	before = now_ms();
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 0, &ms, NULL, 0),
		    ETIMEDOUT);
	CHECK(now_ms() - before >= 29);
	before = now_ms();
	until = in_ms(CLOCK_MONOTONIC, 30);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &until, NULL,
			  FUTEX_BITSET_MATCH_ANY),
		    ETIMEDOUT);
	until = in_ms(CLOCK_REALTIME, 30);
	CHECK_ERRNO(futex(&word,
			  FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 0,
			  &until, NULL, FUTEX_BITSET_MATCH_ANY),
		    ETIMEDOUT);
	CHECK(now_ms() - before >= 58);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT, 0, &bad, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((uint32_t *)((char *)&word + 1), FUTEX_WAIT, 0, NULL,
			  NULL, 0),
		    EINVAL);
	CHECK_ERRNO(futex((uint32_t *)8, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
	CHECK_ERRNO(futex(&word, 127, 0, NULL, NULL, 0), ENOSYS);
	ok("errors and timeouts");

	for (int kind = 0; kind < 3; kind++) {
		int wake = ops[kind] & FUTEX_PRIVATE_FLAG ? FUTEX_WAKE_PRIVATE
							  : FUTEX_WAKE;

		woken = waiting = 0;
		for (int i = 0; i < THREADS; i++)
			threads[i] = start(waiter, (void *)(intptr_t)ops[kind]);
		WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) ==
			   THREADS);
		settle();
		check_kernel_threads_at_most(FEW_KERNEL_THREADS);
		wake_exactly(&word, wake, THREADS / 4);
		WAIT_UNTIL(__atomic_load_n(&woken, __ATOMIC_SEQ_CST) ==
			   THREADS / 4);
		settle();
		CHECK_INT(__atomic_load_n(&woken, __ATOMIC_SEQ_CST),
			  THREADS / 4);
		wake_exactly(&word, wake, THREADS - THREADS / 4);
		for (int i = 0; i < THREADS; i++)
			join(threads[i]);
	}
	ok("wake counts");

	woken = waiting = 0;
	for (int i = 0; i < 20; i++)
		threads[i] = start(bit_waiter, (void *)(intptr_t)i);
	WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) == 20);
	settle();
	int left = 1;
	while (left) {
		left -= (int)futex(&word, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX,
				   NULL, NULL, 1 << 13);
		sleep_ms(1);
	}
	join(threads[13]);
	CHECK_INT(__atomic_load_n(&woken, __ATOMIC_SEQ_CST), 1 << 13);
	wake_exactly(&word, FUTEX_WAKE_PRIVATE, 19);
	for (int i = 0; i < 20; i++)
		if (i != 13)
			join(threads[i]);
	ok("bitsets");

	woken = waiting = 0;
	for (int i = 0; i < 10; i++)
		threads[i] = start(waiter, (void *)FUTEX_WAIT_PRIVATE);
	WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) == 10);
	sleep_ms(100);
	CHECK_INT(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 2, (void *)100,
			&other, 0),
		  10);
	CHECK_ERRNO(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 2, (void *)100,
			  &other, 55),
		    EAGAIN);
	WAIT_UNTIL(__atomic_load_n(&woken, __ATOMIC_SEQ_CST) == 2);
	CHECK_INT(futex(&word, FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0), 0);
	CHECK_INT(futex(&other, FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0), 8);
	for (int i = 0; i < 10; i++)
		join(threads[i]);
	ok("requeue");
}

int main(void)
{
	run_both(checks);
	return 0;
}
