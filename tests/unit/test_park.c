/* Parking: no wake-up lost, none taken twice, on any hub. */
#include "unit.h"

SUITE(park);

static _Atomic int claims;

static void *park_once(void *arg)
{
	struct fiber *f = green_current();
	struct hub *h = sched_enter(f);
	enum wake why;

	park_prepare(f);
	why = park(f, h, WAIT_SIGNAL, arg, GREEN_FOREVER);
	park_leave(f);
	return (void *)(long)why;
}

Test(park, first_waker_wins)
{
	struct fiber *f;
	int i;

	start();
	f = spawn(park_once, NULL);
	cr_assert(COMES_TRUE(is_parked(f)));
	for (i = 0; i < 3; i++)
		claims += unpark(f, i == 0 ? WAKE_EVENT : WAKE_CLOSED);
	cr_assert_eq(claims, 1);
	cr_assert_eq(join(f), (void *)WAKE_EVENT);
}

static void *woken_before_it_parks(void *arg)
{
	struct fiber *f = green_current();
	struct hub *h = sched_enter(f);
	enum wake why;

	(void)arg;
	park_prepare(f);
	claims += unpark(f, WAKE_EVENT);
	why = park(f, h, WAIT_SIGNAL, NULL, GREEN_FOREVER);
	park_leave(f);
	return (void *)(long)why;
}

Test(park, wake_up_before_the_switch_is_kept)
{
	start();
	cr_assert_eq(join(spawn(woken_before_it_parks, NULL)),
		     (void *)WAKE_EVENT);
	cr_assert_eq(claims, 1);
}

Test(park, nobody_to_wake)
{
	start();
	cr_assert_not(unpark(green_current(), WAKE_EVENT));
}

static void *interrupted_first(void *arg)
{
	(void)arg;
	fiber_interrupt(green_current());
	return park_once(NULL);
}

Test(park, interruption_before_and_during)
{
	struct fiber *f;

	start();
	cr_assert_eq(join(spawn(interrupted_first, NULL)), (void *)WAKE_INTR);
	f = spawn(park_once, NULL);
	cr_assert(COMES_TRUE(is_parked(f)));
	fiber_interrupt(f);
	cr_assert_eq(join(f), (void *)WAKE_INTR);
}

/*
 * Two fibers pass a token back and forth: each pass races with the other side's
 * sleep.
 */
static uint32_t token;
enum { THROWS = 200000 };

static void *play(void *arg)
{
	uint32_t mine = (uint32_t)(long)arg, t;

	while ((t = __atomic_load_n(&token, __ATOMIC_ACQUIRE)) < THROWS) {
		if ((t & 1) != mine) {
			green_futex_wait(&token, t, GREEN_FOREVER, ~0u);
			continue;
		}
		__atomic_store_n(&token, t + 1, __ATOMIC_RELEASE);
		green_futex_wake(&token, 1, ~0u);
	}
	return NULL;
}

Test(park, token_between_two_fibers)
{
	struct fiber *a, *b;

	start();
	a = spawn(play, (void *)0l);
	b = spawn(play, (void *)1l);
	join(a);
	join(b);
	cr_assert_eq(token, THROWS);
}

static _Atomic int alien_ready;

static void *alien_plays(void *arg)
{
	alien_ready = 1;
	return play(arg);
}

Test(park, token_between_fiber_and_alien)
{
	pthread_t id;
	struct fiber *f;

	start();
	token = THROWS - 20000; /* a switch in the kernel each */
	f = spawn(play, (void *)0l);
	id = alien(alien_plays, (void *)1l);
	join(f);
	pthread_join(id, NULL);
	cr_assert_eq(token, THROWS);
}

static void *sleeps_its_time(void *arg)
{
	uint64_t begin = green_now(), ms = (uint64_t)(long)arg;
	int r = green_sleep_until(begin + ms * MS);

	return (void *)(long)(r == 0 && green_now() >= begin + ms * MS);
}

Test(park, sleepers_wake_in_time)
{
	struct fiber *f[100];
	uint64_t begin;
	long i;

	start();
	begin = green_now();
	for (i = 0; i < 100; i++)
		f[i] = spawn(sleeps_its_time, (void *)(i % 50));
	for (i = 0; i < 100; i++)
		cr_assert(join(f[i]));
	cr_assert_lt(green_now() - begin, NS_PER_SEC); /* together */
}

static void *yields(void *arg)
{
	_Atomic long *turns = arg;
	int i;

	for (i = 0; i < 1000; i++) {
		green_yield();
		++*turns;
	}
	return NULL;
}

/*
 * With hardly any weight left, the fiber runs on its own carrier, then parks as
 * it does to hand a lock back and forth.
 */
static void *computes(void *arg)
{
	struct fiber *f = green_current();
	uint64_t end = in_ms(20000);
	int i;

	do {
		f->cpu_weight = CPU_BOUND + 1;
		nap(1);
	} while (f->carrier->hub && green_now() < end);
	f->cpu_weight = CPU_BOUND;
	end = green_now() + LONG_RUN_NS + MS;
	while (green_now() < end)
		;
	for (i = 0; i < 5; i++)
		nap(1);
	*(int *)arg = f->cpu_weight;
	return NULL;
}

Test(park, long_runs_outweigh_short_ones)
{
	int heavy = 0;

	start();
	join(spawn(computes, &heavy));
	cr_assert_geq(heavy, CPU_BOUND);
}

Test(park, yield_lets_others_run)
{
	_Atomic long turns = 0;
	struct fiber *f[10];
	int i;

	start();
	for (i = 0; i < 10; i++)
		f[i] = spawn(yields, (void *)&turns);
	for (i = 0; i < 10; i++)
		join(f[i]);
	cr_assert_eq(turns, 10000);
}

static void *keeps_count(void *arg)
{
	double x = 1.0 + (double)(long)arg;
	int i;

	/* Callee-saved and floating registers survive switches. */
	for (i = 0; i < 1000; i++) {
		x = x * 1.0000001;
		if (i % 10 == 0)
			green_yield();
	}
	return (void *)(long)(x / (1.0 + (double)(long)arg) * 1e6);
}

Test(park, registers_survive)
{
	struct fiber *f[100];
	long i;

	start();
	for (i = 0; i < 100; i++)
		f[i] = spawn(keeps_count, (void *)i);
	for (i = 0; i < 100; i++)
		cr_assert_eq((long)join(f[i]) / 10, 1000100 / 10);
}
