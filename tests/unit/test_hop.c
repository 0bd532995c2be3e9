/* Hops and hand-offs: a fiber that blocks or is CPU-bound delays no other. */
#include "unit.h"

SUITE(hop);

static int kernel_tid(void)
{
	return (int)raw_syscall(SYS_gettid);
}

static void block(uint64_t ms)
{
	struct timespec ts = { (time_t)(ms / 1000), (long)(ms % 1000 * MS) };

	raw_syscall(SYS_nanosleep, &ts, NULL);
}

static void *hops(void *arg)
{
	struct fiber *me = green_current();
	int before = kernel_tid(), inside, r = 1;

	errno = EDOM;
	hop_enter();
	inside = kernel_tid();
	r &= inside != before && green_current() == me && errno == EDOM;
	r &= me->carrier->hub == NULL;
	hop_leave();
	r &= me->carrier->hub != NULL && green_current() == me;
	(void)arg;
	return (void *)(long)r;
}

Test(hop, moves_to_another_kernel_thread_and_back)
{
	start();
	cr_assert(hops(NULL));
	cr_assert(join(spawn(hops, NULL)));
}

static void *blocks_on_a_hop(void *arg)
{
	hop_enter();
	block((uint64_t)(long)arg);
	hop_leave();
	return NULL;
}

Test(hop, the_pool_grows)
{
	enum { N = 50 };
	struct fiber *f[N];
	uint64_t begin;
	int i;

	start();
	begin = green_now();
	for (i = 0; i < N; i++)
		f[i] = spawn(blocks_on_a_hop, (void *)200l);
	for (i = 0; i < N; i++)
		join(f[i]);
	/* in turn they would take ten seconds */
	cr_assert_lt(green_now() - begin, 3 * NS_PER_SEC);
}

Test(hop, spares_are_used_again)
{
	uint64_t made;
	int i;

	start();
	for (i = 0; i < 5; i++)
		join(spawn(blocks_on_a_hop, (void *)1l));
	made = rt.carriers_made;
	for (i = 0; i < 100; i++)
		join(spawn(blocks_on_a_hop, (void *)0l));
	cr_assert_leq(rt.carriers_made - made, 2);
}

static _Atomic int stop;

static void *spins(void *arg)
{
	(void)arg;
	while (!stop)
		arch_relax();
	return NULL;
}

static void *blocks_unseen(void *arg)
{
	block((uint64_t)(long)arg);
	return NULL;
}

/* The longest that a sleep of one millisecond takes. */
static uint64_t worst_nap(int times)
{
	uint64_t worst = 0;

	while (times-- > 0) {
		uint64_t begin = green_now();

		nap(1);
		if (green_now() - begin > worst)
			worst = green_now() - begin;
	}
	return worst;
}

Test(hop, spinning_fibers_stop_nobody)
{
	struct fiber *f[3];
	int i;

	start();
	/* more than there are hubs, whatever their number */
	for (i = 0; i < rt.nhubs + 1; i++)
		f[i] = spawn(spins, NULL);
	cr_assert_lt(worst_nap(20), 2 * NS_PER_SEC);
	cr_assert_geq(rt.handoffs, 1);
	stop = 1;
	for (i = 0; i < rt.nhubs + 1; i++)
		join(f[i]);
}

Test(hop, unseen_blocking_calls_stop_nobody)
{
	struct fiber *f[3];
	int i;

	start();
	for (i = 0; i < rt.nhubs + 1; i++)
		f[i] = spawn(blocks_unseen, (void *)1500l);
	cr_assert_lt(worst_nap(20), NS_PER_SEC);
	for (i = 0; i < rt.nhubs + 1; i++)
		join(f[i]);
}

static uint32_t flag;

static void *spins_then_parks(void *arg)
{
	uint64_t end = in_ms(60);

	(void)arg;
	while (green_now() < end)
		;
	/* The fiber has lost its hub by now; it can still park and be woken. */
	return (void *)(long)(green_futex_wait(&flag, 0, in_ms(10000), ~0u) ==
			      0);
}

Test(hop, fiber_whose_hub_was_taken_goes_on)
{
	struct fiber *f[4];
	int i;

	start();
	for (i = 0; i < 4; i++)
		f[i] = spawn(spins_then_parks, NULL);
	for (i = 0; i < 4; i++)
		cr_assert(COMES_TRUE(is_parked(f[i])));
	cr_assert_eq(green_futex_wake(&flag, 9, ~0u), 4);
	for (i = 0; i < 4; i++)
		cr_assert(join(f[i]));
}

/* The context switches of all kernel threads but the caller's. */
static long switches(void)
{
	char path[64], line[128];
	long sum = 0, n;
	int tid;

	/* the runtime's threads have numbers close above the process's */
	for (tid = getpid(); tid < getpid() + 200; tid++) {
		FILE *file;

		if (tid == kernel_tid())
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
		file = fopen(path, "r");
		if (!file)
			continue;
		while (fgets(line, sizeof(line), file))
			if (sscanf(line, "voluntary_ctxt_switches: %ld", &n) ==
			    1)
				sum += n;
		fclose(file);
	}
	return sum;
}

static _Atomic long idle_switches = -1;
static _Atomic int monitor_slept;

static void *looks_on(void *arg)
{
	long before;

	block(500); /* time for all of them to sleep */
	monitor_slept = rt.monitor_asleep;
	before = switches();
	block(500);
	idle_switches = switches() - before;
	__atomic_store_n(&flag, 1, __ATOMIC_RELEASE);
	green_futex_wake(&flag, 1, ~0u);
	return arg;
}

Test(hop, idle_process_makes_no_wake_ups)
{
	pthread_t id;

	start();
	nap(1);
	id = alien(looks_on, NULL);
	while (!__atomic_load_n(&flag, __ATOMIC_ACQUIRE))
		green_futex_wait(&flag, 0, GREEN_FOREVER, ~0u);
	pthread_join(id, NULL);
	cr_assert(monitor_slept);
	cr_assert_leq(idle_switches, 2);
}
