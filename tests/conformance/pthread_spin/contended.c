/*
 * pthread_spin_lock(3p): exclusion among more threads than processors; EBUSY
 * from trylock. The owner may even wait while it holds the lock (unwise but
 * allowed), and the spinning threads do not starve it.
 */
#include "lib.h"

#define THREADS 16

static pthread_spinlock_t spin;
static int inside, total;

static void *thread(void *argument)
{
	(void)argument;
	for (int i = 0; i < 300; i++) {
		CHECK_INT(pthread_spin_lock(&spin), 0);
		CHECK_INT(inside++, 0);
		total++;
		CHECK_INT(--inside, 0);
		CHECK_INT(pthread_spin_unlock(&spin), 0);
	}
	return NULL;
}

static void *tries(void *argument)
{
	(void)argument;
	return (void *)(intptr_t)pthread_spin_trylock(&spin);
}

static void *waits(void *argument)
{
	(void)argument;
	CHECK_INT(pthread_spin_lock(&spin), 0);
	CHECK_INT(pthread_spin_unlock(&spin), 0);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	CHECK_INT(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(thread, NULL);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(total, THREADS * 300);
	ok("exclusion");

	CHECK_INT(pthread_spin_lock(&spin), 0);
	CHECK_INT((intptr_t)join(start(tries, NULL)), EBUSY);
	for (int i = 0; i < 4; i++)
		threads[i] = start(waits, NULL);
	sleep_ms(30);
	CHECK_INT(pthread_spin_unlock(&spin), 0);
	for (int i = 0; i < 4; i++)
		join(threads[i]);
	CHECK_INT(pthread_spin_destroy(&spin), 0);
	ok("the owner waits");
	return 0;
}
