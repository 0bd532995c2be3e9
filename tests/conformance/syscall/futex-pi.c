/*
 * futex(2), FUTEX_LOCK_PI and kin: a lock whose word holds its owner's tid,
 * which the program itself writes when the lock is uncontended.
 */
#include "lib.h"
#include <linux/futex.h>
#include <stdatomic.h>

#define THREADS 8
#define ROUNDS	500

static _Atomic uint32_t word;
static int counter;

static long call(int command, const struct timespec *until)
{
	return syscall(SYS_futex, &word, command | FUTEX_PRIVATE_FLAG, 0, until,
		       NULL, 0);
}

static void lock(void)
{
	uint32_t none = 0;

	if (!atomic_compare_exchange_strong(&word, &none, gettid()))
		CHECK_INT(call(FUTEX_LOCK_PI, NULL), 0);
	CHECK_INT(word & FUTEX_TID_MASK, gettid());
}

static void unlock(void)
{
	uint32_t mine = gettid();

	if (!atomic_compare_exchange_strong(&word, &mine, 0))
		CHECK_INT(call(FUTEX_UNLOCK_PI, NULL), 0);
}

static void *counts(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		int before;

		lock();
		before = counter;
		if (i % 50 == 0)
			sleep_ms(1);
		else if (i % 10 == 0)
			sched_yield();
		counter = before + 1;
		unlock();
	}
	return argument;
}

static void *is_another(void *argument)
{
	struct timespec until = in_ms(CLOCK_REALTIME, 30);

	CHECK_ERRNO(call(FUTEX_TRYLOCK_PI, NULL), EAGAIN);
	CHECK_ERRNO(call(FUTEX_LOCK_PI, &until), ETIMEDOUT);
	CHECK_ERRNO(call(FUTEX_UNLOCK_PI, NULL), EPERM);
	return argument;
}

static void *waits(void *argument)
{
	lock();
	unlock();
	return argument;
}

static void *leaves_it(void *argument)
{
	lock();
	return argument;
}

static void on_signal(int sig)
{
	CHECK_INT(sig, SIGUSR1);
}

static void run(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		threads[i] = start(counts, NULL);
	counts(NULL);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(counter, (THREADS + 1) * ROUNDS);
	counter = 0;
	ok("counted");

	lock();
	CHECK_ERRNO(call(FUTEX_LOCK_PI, NULL), EDEADLK);
	join(start(is_another, NULL));
	threads[0] = start(waits, NULL);
	threads[1] = start(waits, NULL);
	settle();
	pthread_kill(threads[0], SIGUSR1);
	settle();
	CHECK_INT(word, (uint32_t)gettid() | FUTEX_WAITERS);
	unlock();
	join(threads[0]);
	join(threads[1]);
	CHECK_INT(word & FUTEX_TID_MASK, 0);
	CHECK_INT(call(FUTEX_TRYLOCK_PI, NULL), 0);
	unlock();
	ok("refused");

	join(start(leaves_it, NULL));
	WAIT_UNTIL(kill((pid_t)(word & FUTEX_TID_MASK), 0) == -1);
	CHECK_ERRNO(call(FUTEX_LOCK_PI, NULL), ESRCH);
	word = 0;
	ok("left");
}

int main(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	CHECK_INT(sigaction(SIGUSR1, &act, NULL), 0);
	run_both(run);
	return 0;
}
