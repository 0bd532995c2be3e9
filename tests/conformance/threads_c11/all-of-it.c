/*
 * C11 7.26, <threads.h>: thrd, mtx, cnd, tss; results are thrd_ codes.
 */
#include "lib.h"
#include <threads.h>

#define THREADS 100

static mtx_t plain, timed, recursive;
static cnd_t cond;
static tss_t key;
static int waiting, go, destroyed, total;
static thread_local int local_ = 4;

static void destructor(void *value)
{
	__atomic_add_fetch(&destroyed, (int)(intptr_t)value, __ATOMIC_SEQ_CST);
}

static int waiter(void *argument)
{
	CHECK_INT(local_, 4);
	local_ = (int)(intptr_t)argument;
	CHECK_INT(tss_set(key, (void *)1), thrd_success);
	CHECK_INT(mtx_lock(&plain), thrd_success);
	waiting++;
	while (!go)
		CHECK_INT(cnd_wait(&cond, &plain), thrd_success);
	total += local_;
	CHECK_INT(mtx_unlock(&plain), thrd_success);
	if (local_ % 2)
		thrd_exit(local_ + 1000);
	return local_;
}

static int try_locks(void *argument)
{
	struct timespec soon = in_ms(CLOCK_REALTIME, 20);

	(void)argument;
	CHECK_INT(mtx_trylock(&plain), thrd_busy);
	CHECK_INT(mtx_trylock(&timed), thrd_busy);
	CHECK_INT(mtx_timedlock(&timed, &soon), thrd_timedout);
	CHECK_INT(mtx_trylock(&recursive), thrd_busy);
	return 7;
}

static int nothing(void *argument)
{
	(void)argument;
	return 0;
}

int main(void)
{
	struct timespec soon, ms = { 0, 1000000 };
	thrd_t threads[THREADS], one;
	int result = 0, all;

	CHECK_INT(mtx_init(&plain, mtx_plain), thrd_success);
	CHECK_INT(mtx_init(&timed, mtx_timed), thrd_success);
	CHECK_INT(mtx_init(&recursive, mtx_plain | mtx_recursive),
		  thrd_success);
	CHECK_INT(cnd_init(&cond), thrd_success);
	CHECK_INT(tss_create(&key, destructor), thrd_success);
	for (int i = 0; i < THREADS; i++)
		CHECK_INT(thrd_create(&threads[i], waiter, (void *)(intptr_t)i),
			  thrd_success);
	do {
		CHECK_INT(thrd_sleep(&ms, NULL), 0);
		thrd_yield();
		mtx_lock(&plain);
		all = waiting == THREADS;
		mtx_unlock(&plain);
	} while (!all);
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	mtx_lock(&plain);
	go = 1;
	CHECK_INT(cnd_broadcast(&cond), thrd_success);
	mtx_unlock(&plain);
	for (int i = 0; i < THREADS; i++) {
		CHECK_INT(thrd_join(threads[i], &result), thrd_success);
		CHECK_INT(result, i % 2 ? i + 1000 : i);
		CHECK(!thrd_equal(threads[i], thrd_current()));
	}
	CHECK_INT(total, THREADS * (THREADS - 1) / 2);
	CHECK_INT(destroyed, THREADS);
	ok("threads, conditions, specific storage");

	CHECK_INT(mtx_lock(&plain), thrd_success);
	CHECK_INT(mtx_lock(&timed), thrd_success);
	CHECK_INT(mtx_lock(&recursive), thrd_success);
	CHECK_INT(mtx_lock(&recursive), thrd_success);
	CHECK_INT(mtx_unlock(&recursive), thrd_success);
	CHECK_INT(thrd_create(&one, try_locks, NULL), thrd_success);
	CHECK_INT(thrd_join(one, &result), thrd_success);
	CHECK_INT(result, 7);
	soon = in_ms(CLOCK_REALTIME, 20);
	CHECK_INT(cnd_timedwait(&cond, &plain, &soon), thrd_timedout);
	CHECK_INT(cnd_signal(&cond), thrd_success);
	CHECK_INT(mtx_unlock(&recursive), thrd_success);
	CHECK_INT(mtx_unlock(&timed), thrd_success);
	CHECK_INT(mtx_unlock(&plain), thrd_success);
	ok("mutexes");

	CHECK_INT(thrd_create(&one, nothing, NULL), thrd_success);
	CHECK_INT(thrd_detach(one), thrd_success);
	tss_delete(key);
	cnd_destroy(&cond);
	mtx_destroy(&plain);
	ok("detached");
	return 0;
}
