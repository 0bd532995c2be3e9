/* Run queues, with hubs and fibers that exist in memory only. */
#include "unit.h"

SUITE(runq);

static struct hub a, b;

/* The calling thread owns h, as a carrier inside the scheduler does. */
static void own(struct hub *h)
{
	static struct carrier carrier;

	carrier.state = CARRIER_RT;
	carrier.hub = h;
	h->carrier = &carrier;
	rt_carrier = &carrier;
}

static void two_hubs(void)
{
	rt.nhubs = 2;
	rt.hubs[0] = &a;
	rt.hubs[1] = &b;
	b.index = 1;
	own(&a);
}

static struct fiber *fibers(int n)
{
	struct fiber *f = calloc((size_t)n, sizeof(*f));
	int i;

	cr_assert_not_null(f);
	for (i = 0; i < n; i++)
		f[i].magic = FIBER_MAGIC;
	return f;
}

static void push(struct hub *h, struct fiber *f, int n)
{
	int i;

	for (i = 0; i < n; i++)
		runq_push(h, &f[i]);
}

/* The first n of f come out of h in order. */
static void expect(struct hub *h, struct fiber *f, int n)
{
	int i;

	for (i = 0; i < n; i++)
		cr_assert_eq(runq_pop(h), &f[i], "at %d", i);
}

Test(runq, one_hub_is_first_in_first_out)
{
	struct fiber *f = fibers(1000);

	rt.nhubs = 1;
	rt.hubs[0] = &a;
	own(&a);
	cr_assert(runq_empty(&a));
	push(&a, f, 1000);
	cr_assert_not(runq_empty(&a));
	expect(&a, f, 1000);
	cr_assert_null(runq_pop(&a));
	cr_assert(runq_empty(&a));
}

Test(runq, ring_overflows_in_order)
{
	struct fiber *f = fibers(3000);

	two_hubs();
	push(&a, f, 2000);
	expect(&a, f, 700);
	push(&a, f + 2000, 1000); /* behind those on the list */
	expect(&a, f + 700, 2300);
	cr_assert_null(runq_pop(&a));
}

Test(runq, inbox_is_first_in_first_out)
{
	struct fiber *f = fibers(10);
	int i;

	two_hubs();
	for (i = 0; i < 10; i++)
		runq_inject(&a, &f[i]);
	cr_assert_not(runq_empty(&a));
	cr_assert_null(runq_pop(&a)); /* not before it was emptied */
	runq_take_inbox(&a);
	expect(&a, f, 10);
}

Test(runq, thief_takes_the_older_half)
{
	struct fiber *f = fibers(100);

	two_hubs();
	push(&a, f, 100);
	cr_assert_eq(runq_steal(&b), &f[0]);
	expect(&b, f + 1, 49);
	cr_assert_null(runq_pop(&b));
	expect(&a, f + 50, 50);
	cr_assert_null(runq_steal(&b));
	cr_assert_eq(b.stats.steals, 1);
}

enum { RACERS = 200000 };
static _Atomic int seen[RACERS];
static struct fiber *racers;
static _Atomic int total;

static void saw(struct fiber *f)
{
	atomic_fetch_add(&seen[f - racers], 1);
	atomic_fetch_add(&total, 1);
}

static void *thief(void *arg)
{
	(void)arg;
	while (total < RACERS) {
		struct fiber *f = runq_steal(&b);

		for (; f; f = runq_pop(&b))
			saw(f);
	}
	return NULL;
}

Test(runq, owner_and_thief_lose_and_double_nothing)
{
	pthread_t id;
	int i;

	two_hubs();
	racers = fibers(RACERS);
	id = alien(thief, NULL);
	for (i = 0; i < RACERS; i++) {
		struct fiber *f;

		runq_push(&a, &racers[i]);
		if (i % 3 == 0 && (f = runq_pop(&a)) != NULL)
			saw(f);
	}
	while (total < RACERS) {
		struct fiber *f = runq_pop(&a);

		if (f)
			saw(f);
	}
	pthread_join(id, NULL);
	for (i = 0; i < RACERS; i++)
		cr_assert_eq(seen[i], 1, "fiber %d came %d times", i, seen[i]);
}

#ifdef GREEN_ASSERT
static void *pushes(void *f)
{
	runq_push(&a, f);
	return NULL;
}

Test(runq, push_from_a_foreign_thread_is_caught, .signal = SIGABRT)
{
	two_hubs();
	pthread_join(alien(pushes, fibers(1)), NULL);
}
#endif
