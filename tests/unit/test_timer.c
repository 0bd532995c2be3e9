/* The pairing heap of timers, without a running hub. */
#include "unit.h"

SUITE(timer);

static struct hub hub;

static uint64_t random_number(void)
{
	static uint64_t x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

/* Empty the heap from its top: how many came out, -1 if not in order. */
static long drain(void)
{
	uint64_t last = 0;
	long n = 0;

	while (hub.timers) {
		struct timer *t = hub.timers;

		if (t->deadline_ns < last)
			return -1;
		last = t->deadline_ns;
		timer_cancel(t);
		if (t->hub)
			return -1;
		n++;
	}
	return n;
}

Test(timer, comes_out_in_order)
{
	static struct timer t[1000];
	int i;

	for (i = 0; i < 1000; i++)
		timer_arm(&hub, &t[i], random_number());
	cr_assert_eq(drain(), 1000);
}

Test(timer, equal_deadlines_all_come_out)
{
	static struct timer t[100];
	int i;

	for (i = 0; i < 100; i++)
		timer_arm(&hub, &t[i], 42);
	cr_assert_eq(drain(), 100);
}

Test(timer, cancel_keeps_the_others_in_order)
{
	static struct timer t[1000];
	int i;

	for (i = 0; i < 1000; i++)
		timer_arm(&hub, &t[i], random_number());
	for (i = 0; i < 1000; i += 3)
		timer_cancel(&t[i]);
	for (i = 0; i < 1000; i += 3)
		cr_assert_null(t[i].hub);
	cr_assert_eq(drain(), 1000 - 334);
}

Test(timer, cancel_twice_does_nothing)
{
	struct timer a = { 0 }, b = { 0 };

	timer_arm(&hub, &a, 1);
	timer_arm(&hub, &b, 2);
	timer_cancel(&a);
	timer_cancel(&a);
	cr_assert_eq(hub.timers, &b);
	timer_cancel(&b);
	cr_assert_null(hub.timers);
}

Test(timer, a_million_mostly_cancelled)
{
	enum { N = 1000000 };
	struct timer *t = calloc(N, sizeof(*t));
	uint64_t begin = green_now();
	long left = 0;
	int i;

	cr_assert_not_null(t);
	for (i = 0; i < N; i++)
		timer_arm(&hub, &t[i], random_number());
	for (i = 0; i < N; i++) {
		if (i % 100 == 0)
			left++;
		else
			timer_cancel(&t[i]);
	}
	cr_assert_eq(drain(), left);
	/* 0.3 s here; a heap gone linear would take minutes */
	cr_assert_lt(green_now() - begin, 20 * NS_PER_SEC);
	free(t);
}

Test(timer, run_wakes_what_is_due_and_names_the_next)
{
	static struct fiber f[3];
	uint64_t later = green_now() + 3600 * NS_PER_SEC;
	int i;

	for (i = 0; i < 3; i++) {
		f[i].magic = FIBER_MAGIC;
		f[i].state = FIBER_PARKING; /* claimed, but not queued */
	}
	timer_arm(&hub, &f[0].timer, 1);
	timer_arm(&hub, &f[1].timer, later);
	timer_arm(&hub, &f[2].timer, green_now());
	cr_assert_eq(timer_run(&hub), later);
	cr_assert_eq(f[0].state, FIBER_WOKEN | WAKE_TIMEOUT << 8);
	cr_assert_eq(f[1].state, FIBER_PARKING);
	cr_assert_eq(f[2].state, FIBER_WOKEN | WAKE_TIMEOUT << 8);
	cr_assert_eq(hub.timers, &f[1].timer);
	timer_cancel(&f[1].timer);
	cr_assert_eq(timer_run(&hub), GREEN_FOREVER);
}
