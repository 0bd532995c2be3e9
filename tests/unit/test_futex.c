/* The futex table: fibers and aliens in one queue. */
#include "unit.h"

SUITE(futex);

static uint32_t word, other;
static _Atomic int order;

struct waiter {
	uint64_t deadline_ns;
	uint32_t bitset;
	int result, place; /* place: the position in the order of wake-ups */
	struct fiber *f;
};

static void *wait_for_it(void *arg)
{
	struct waiter *w = arg;

	w->result = green_futex_wait(&word, 0, w->deadline_ns, w->bitset);
	w->place = ++order;
	return NULL;
}

static void waiters(struct waiter *w, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		w[i] = (struct waiter){ GREEN_FOREVER, ~0u, 1, 0, NULL };
		w[i].f = spawn(wait_for_it, &w[i]);
		cr_assert(COMES_TRUE(is_parked(w[i].f)));
	}
}

Test(futex, value_that_differs)
{
	start();
	word = 1;
	cr_assert_eq(green_futex_wait(&word, 0, GREEN_FOREVER, ~0u), -EAGAIN);
}

Test(futex, nobody_to_wake)
{
	start();
	cr_assert_eq(green_futex_wake(&word, 10, ~0u), 0);
}

Test(futex, wakes_as_many_as_asked_oldest_first)
{
	struct waiter w[5];
	int i;

	start();
	waiters(w, 5);
	for (i = 0; i < 5; i++) {
		cr_assert_eq(green_futex_wake(&word, 1, ~0u), 1);
		join(w[i].f);
		cr_assert_eq(w[i].result, 0);
		cr_assert_eq(w[i].place, i + 1);
	}
	waiters(w, 5);
	cr_assert_eq(green_futex_wake(&word, 3, ~0u), 3);
	cr_assert_eq(green_futex_wake(&word, 3, ~0u), 2);
	for (i = 0; i < 5; i++)
		join(w[i].f);
}

Test(futex, times_out)
{
	uint64_t begin;

	start();
	begin = green_now();
	cr_assert_eq(green_futex_wait(&word, 0, begin + 20 * MS, ~0u),
		     -ETIMEDOUT);
	cr_assert_geq(green_now() - begin, 20 * MS);
	cr_assert_lt(green_now() - begin, 500 * MS);
	/* The waiter has left the queue: a wake finds none. */
	cr_assert_eq(green_futex_wake(&word, 1, ~0u), 0);
}

Test(futex, deadline_gone_by)
{
	start();
	cr_assert_eq(green_futex_wait(&word, 0, 1, ~0u), -ETIMEDOUT);
}

Test(futex, sub_millisecond_deadline)
{
	uint64_t begin, took, best = GREEN_FOREVER;
	int i;

	start();
	for (i = 0; i < 50; i++) {
		begin = green_now();
		green_futex_wait(&word, 0, begin + MS / 5, ~0u);
		took = green_now() - begin;
		if (took < best)
			best = took;
	}
	cr_assert_geq(best, MS / 5);
	/* libuv's own timers would take one or two milliseconds */
	cr_assert_lt(best, MS * 9 / 10);
}

Test(futex, bitset)
{
	struct waiter w[2] = { { GREEN_FOREVER, 1, 1, 0, NULL },
			       { GREEN_FOREVER, 2, 1, 0, NULL } };
	int i;

	start();
	for (i = 0; i < 2; i++) {
		w[i].f = spawn(wait_for_it, &w[i]);
		cr_assert(COMES_TRUE(is_parked(w[i].f)));
	}
	cr_assert_eq(green_futex_wake(&word, 9, 4), 0);
	cr_assert_eq(green_futex_wake(&word, 9, 2), 1);
	join(w[1].f);
	cr_assert_eq(w[0].place, 0);
	cr_assert_eq(green_futex_wake(&word, 9, 3), 1);
	join(w[0].f);
}

Test(futex, requeue)
{
	struct waiter w[4];
	uint32_t expected = 7;
	int i;

	start();
	waiters(w, 4);
	cr_assert_eq(green_futex_requeue(&word, 1, &other, 9, &expected),
		     -EAGAIN);
	expected = 0;
	/* one woken and two moved; the last stays */
	cr_assert_eq(green_futex_requeue(&word, 1, &other, 2, &expected), 3);
	join(w[0].f);
	cr_assert_eq(green_futex_wake(&word, 9, ~0u), 1);
	join(w[3].f);
	cr_assert_eq(green_futex_wake(&other, 9, ~0u), 2);
	for (i = 1; i < 3; i++) {
		join(w[i].f);
		cr_assert_eq(w[i].result, 0);
	}
}

Test(futex, times_out_where_it_was_moved_to)
{
	struct waiter w = { 0, ~0u, 1, 0, NULL };

	start();
	w.deadline_ns = in_ms(100);
	w.f = spawn(wait_for_it, &w);
	cr_assert(COMES_TRUE(is_parked(w.f)));
	cr_assert_eq(green_futex_requeue(&word, 0, &other, 1, NULL), 1);
	join(w.f);
	cr_assert_eq(w.result, -ETIMEDOUT);
	cr_assert_eq(green_futex_wake(&other, 1, ~0u), 0);
}

Test(futex, fiber_wakes_alien)
{
	struct waiter w = { GREEN_FOREVER, ~0u, 1, 0, NULL };
	int woken = 0;
	pthread_t id;

	start();
	id = alien(wait_for_it, &w);
	while (!woken) {
		woken = green_futex_wake(&word, 1, ~0u);
		nap(1);
	}
	cr_assert(COMES_TRUE(w.place));
	cr_assert_eq(w.result, 0);
	pthread_join(id, NULL);
}

static void *alien_wakes(void *arg)
{
	(void)arg;
	while (green_futex_wake(&word, 1, ~0u) == 0)
		sched_yield();
	return NULL;
}

Test(futex, alien_wakes_fiber)
{
	pthread_t id;

	start();
	id = alien(alien_wakes, NULL);
	cr_assert_eq(green_futex_wait(&word, 0, in_ms(10000), ~0u), 0);
	pthread_join(id, NULL);
}

Test(futex, alien_times_out)
{
	struct waiter w = { 0, ~0u, 1, 0, NULL };
	pthread_t id;

	start();
	w.deadline_ns = in_ms(30);
	id = alien(wait_for_it, &w);
	cr_assert(COMES_TRUE(w.place));
	cr_assert_eq(w.result, -ETIMEDOUT);
	pthread_join(id, NULL);
}

/*
 * Each waiter that was woken was counted by a waker, and the other way round,
 * although most of them time out at about the same moment.
 */
enum { RACERS = 40, ROUNDS = 200 };
static _Atomic long said_woken, were_woken, finished;

static void *times_out_and_is_woken(void *arg)
{
	long i, late = (long)arg;

	for (i = 0; i < ROUNDS; i++) {
		uint64_t deadline = green_now() + (uint64_t)late * 5000;

		if (green_futex_wait(&word, 0, deadline, ~0u) == 0)
			said_woken++;
	}
	finished++;
	return NULL;
}

static void *keeps_waking(void *arg)
{
	(void)arg;
	while (finished < RACERS + 2) {
		were_woken += green_futex_wake(&word, 3, ~0u);
		green_sleep_until(green_now() + 20000);
	}
	return NULL;
}

Test(futex, wake_against_timeout_counts_right)
{
	struct fiber *f[RACERS], *waker;
	pthread_t id[2];
	long i;

	start();
	for (i = 0; i < RACERS; i++)
		f[i] = spawn(times_out_and_is_woken, (void *)(i % 20));
	for (i = 0; i < 2; i++)
		id[i] = alien(times_out_and_is_woken, (void *)(i + 5));
	waker = spawn(keeps_waking, NULL);
	for (i = 0; i < RACERS; i++)
		join(f[i]);
	join(waker);
	for (i = 0; i < 2; i++)
		pthread_join(id[i], NULL);
	cr_assert_eq(said_woken, were_woken);
	cr_assert_gt(were_woken, 0);
}
