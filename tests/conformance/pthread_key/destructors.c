/*
 * pthread_key_create(3): destructors run for values that are not NULL when a
 * thread exits, however it exits; again (up to PTHREAD_DESTRUCTOR_ITERATIONS)
 * when they set new ones; not after pthread_key_delete; never when main
 * returns. 1,000 threads hold their own values.
 */
#include "lib.h"

#define THREADS 1000

static pthread_key_t counting, again, deleted, plain;
static int destroyed, iterations, wrong;

static void count(void *value)
{
	__atomic_add_fetch(&destroyed, (int)(intptr_t)value, __ATOMIC_SEQ_CST);
	if (pthread_getspecific(counting) != NULL)
		wrong = 1;
}

static void set_again(void *value)
{
	__atomic_add_fetch(&iterations, 1, __ATOMIC_SEQ_CST);
	pthread_setspecific(again, value);
	/* Destructors may wait. */
	sleep_ms(1);
}

static void never(void *value)
{
	(void)value;
	wrong = 1;
}

static void *thread(void *argument)
{
	intptr_t n = (intptr_t)argument;

	CHECK(pthread_getspecific(counting) == NULL);
	CHECK_INT(pthread_setspecific(counting, argument), 0);
	CHECK_INT(pthread_setspecific(plain, &n), 0);
	sleep_ms(10);
	CHECK(pthread_getspecific(counting) == argument);
	CHECK(pthread_getspecific(plain) == &n);
	if (n % 2)
		pthread_exit(NULL);
	return NULL;
}

static void *sets_again(void *argument)
{
	pthread_setspecific(again, argument);
	pthread_setspecific(deleted, argument);
	CHECK_INT(pthread_key_delete(deleted), 0);
	return NULL;
}

int main(void)
{
	pthread_key_t keys[PTHREAD_KEYS_MAX + 1];
	pthread_t threads[THREADS];
	int made = 0, error = 0;

	CHECK_INT(pthread_key_create(&counting, count), 0);
	CHECK_INT(pthread_key_create(&again, set_again), 0);
	CHECK_INT(pthread_key_create(&deleted, never), 0);
	CHECK_INT(pthread_key_create(&plain, NULL), 0);
	CHECK_INT(pthread_setspecific(counting, (void *)1), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start_small(thread, (void *)(intptr_t)(i + 1));
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(destroyed, THREADS * (THREADS + 1) / 2);
	CHECK(pthread_getspecific(counting) == (void *)1);
	ok("%d threads", THREADS);

	join(start(sets_again, &made));
	CHECK_INT(iterations, PTHREAD_DESTRUCTOR_ITERATIONS);
	CHECK_INT(wrong, 0);
	ok("again and again, and not when deleted");

	CHECK_INT(pthread_setspecific(deleted, "x"), EINVAL);
	CHECK(pthread_getspecific(deleted) == NULL);
	CHECK_INT(pthread_key_delete(deleted), EINVAL);
	CHECK_INT(pthread_setspecific(PTHREAD_KEYS_MAX + 5, "x"), EINVAL);
	while (made <= PTHREAD_KEYS_MAX &&
	       (error = pthread_key_create(&keys[made], NULL)) == 0) {
		/* A key that is created again has none of its former values. */
		CHECK(pthread_getspecific(keys[made]) == NULL);
		CHECK_INT(pthread_setspecific(keys[made], &keys[made]), 0);
		made++;
	}
	CHECK_INT(error, EAGAIN);
	CHECK(made > 900);
	for (int i = 0; i < made; i++)
		CHECK(pthread_getspecific(keys[i]) == &keys[i]);
	for (int i = 0; i < made; i++)
		CHECK_INT(pthread_key_delete(keys[i]), 0);
	CHECK_INT(pthread_key_create(&keys[0], NULL), 0);
	CHECK(pthread_getspecific(keys[0]) == NULL);
	ok("limits");
	return 0;
}
