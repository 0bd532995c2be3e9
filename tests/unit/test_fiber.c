/* Fibers: spawned, joined, detached, recycled; their stacks and TLS. */
#include <locale.h>

#include "debug/codemap.h"
#include "unit.h"

SUITE(fiber);

static void *give_back(void *arg)
{
	return arg;
}

Test(fiber, join_gives_the_result)
{
	start();
	cr_assert_eq(join(spawn(give_back, (void *)42l)), (void *)42l);
}

Test(fiber, joined_after_its_end)
{
	struct fiber *f;

	start();
	f = spawn(give_back, (void *)7l);
	cr_assert(COMES_TRUE(fiber_has_ended(f)));
	cr_assert_eq(join(f), (void *)7l);
}

static uint32_t gate;

static void *wait_at_gate(void *arg)
{
	while (!__atomic_load_n(&gate, __ATOMIC_ACQUIRE))
		green_futex_wait(&gate, 0, GREEN_FOREVER, ~0u);
	return arg;
}

static void open_gate(void)
{
	__atomic_store_n(&gate, 1, __ATOMIC_RELEASE);
	green_futex_wake(&gate, INT32_MAX, ~0u);
}

Test(fiber, join_errors)
{
	struct fiber *f;

	start();
	cr_assert_eq(green_join(green_current(), NULL, GREEN_FOREVER),
		     -EDEADLK);
	f = spawn(wait_at_gate, NULL);
	cr_assert_eq(green_join(f, NULL, 0), -ETIMEDOUT);
	cr_assert_eq(green_join(f, NULL, in_ms(10)), -ETIMEDOUT);
	cr_assert_eq(green_detach(f), 0);
	cr_assert_eq(green_detach(f), -EINVAL);
	cr_assert_eq(green_join(f, NULL, GREEN_FOREVER), -EINVAL);
	open_gate();
}

Test(fiber, detached_one_is_recycled)
{
	struct green_attr attr = { .detached = 1 };
	struct fiber *f;

	start();
	cr_assert_eq(green_spawn(&f, &attr, wait_at_gate, NULL), 0);
	cr_assert(fiber_is_detached(f));
	open_gate();
	cr_assert(COMES_TRUE(!f->alive));
	cr_assert_eq(rt.nfibers, 1);
}

Test(fiber, identities)
{
	enum { N = 1000 };
	static struct fiber *f[N];
	static int tids[N];
	int i, j;

	start();
	for (i = 0; i < N; i++) {
		f[i] = spawn(wait_at_gate, NULL);
		tids[i] = fiber_tid(f[i]);
		cr_assert_eq(fiber_of(fiber_id(f[i])), f[i]);
		cr_assert_eq(fiber_by_tid(tids[i]), f[i]);
	}
	for (i = 0; i < N; i++)
		for (j = 0; j < i; j++)
			cr_assert_neq(tids[i], tids[j]);
	/* out of the kernel's range, inside a futex word's */
	for (i = 0; i < N; i++)
		cr_assert(tids[i] > 1 << 22 && tids[i] < 1 << 30);
	open_gate();
	for (i = 0; i < N; i++)
		join(f[i]);
	cr_assert_null(fiber_of(0));
	cr_assert_eq(fiber_tid(green_current()), getpid());
	cr_assert_null(fiber_by_tid(tids[0]));
}

static void *who_am_i(void *arg)
{
	struct fiber *me = green_current();

	(void)arg;
	return (void *)(long)(fiber_id(me) == (uintptr_t)pthread_self() &&
			      rt_tid() == fiber_tid(me));
}

Test(fiber, libc_agrees_who_it_is)
{
	start();
	cr_assert(join(spawn(who_am_i, NULL)));
	cr_assert_eq(fiber_id(green_current()), (uintptr_t)pthread_self());
}

static void *stack_place(void *arg)
{
	(void)arg;
	return __builtin_frame_address(0);
}

Test(fiber, stack_attributes)
{
	struct green_attr attr = { .stack_size = 100000, .guard_size = 8192 };
	struct fiber *f;
	size_t size, guard;
	void *low, *place;

	start();
	cr_assert_eq(green_spawn(&f, &attr, stack_place, NULL), 0);
	fiber_stack(f, &low, &size, &guard);
	cr_assert_eq(size, 102400); /* whole pages */
	cr_assert_eq(guard, 8192);
	cr_assert_eq(green_join(f, &place, GREEN_FOREVER), 0);
	cr_assert(place > low && place < (void *)((char *)low + size));
	attr.stack_size = 100;
	cr_assert_eq(green_spawn(&f, &attr, stack_place, NULL), -EINVAL);
	attr.stack_size = 1ul << 50;
	cr_assert_eq(green_spawn(&f, &attr, stack_place, NULL), -EAGAIN);
}

Test(fiber, stack_of_the_programs_own)
{
	static char memory[65536] __attribute__((aligned(16)));
	struct green_attr attr = { .stack = memory,
				   .stack_size = sizeof(memory) };
	struct fiber *f;
	void *place;
	int i;

	start();
	for (i = 0; i < 3; i++) {
		cr_assert_eq(green_spawn(&f, &attr, stack_place, NULL), 0);
		cr_assert_eq(green_join(f, &place, GREEN_FOREVER), 0);
		cr_assert((char *)place > memory &&
			  (char *)place < memory + sizeof(memory));
	}
}

static void *run_deep(void *arg)
{
	char frame[4096];

	memset(frame, 1, sizeof(frame));
	__asm__ volatile("" : : "r"(frame) : "memory");
	if (arg)
		run_deep((void *)((long)arg - 1));
	__asm__ volatile("" : : "r"(frame) : "memory");
	return NULL;
}

Test(fiber, stack_is_usable_to_its_end)
{
	struct green_attr attr = { .stack_size = 8 << 20 };
	struct fiber *f;

	start();
	cr_assert_eq(green_spawn(&f, &attr, run_deep, (void *)1900l), 0);
	join(f);
}

Test(fiber, stack_has_a_guard)
{
	struct green_attr attr = { .stack_size = 64 << 10 };
	size_t size, guard;
	struct fiber *f;
	char *low, byte;
	void *p;

	start();
	cr_assert_eq(green_spawn(&f, &attr, wait_at_gate, NULL), 0);
	fiber_stack(f, &p, &size, &guard);
	low = p;
	cr_assert_eq(guard, 4096);
	cr_assert(peek_memory(&byte, low, 1));
	cr_assert_not(peek_memory(&byte, low - 1, 1));
	cr_assert_not(peek_memory(&byte, low - guard, 1));
	open_gate();
	join(f);
}

Test(fiber, stack_overflow_is_fatal, .signal = SIGSEGV)
{
	struct green_attr attr = { .stack_size = 64 << 10 };
	struct fiber *f;

	start();
	cr_assert_eq(green_spawn(&f, &attr, run_deep, (void *)100l), 0);
	join(f);
}

static __thread int initialised = 5;
static __thread char zeroed[1000];

static void *use_tls(void *arg)
{
	long fresh = initialised == 5 && zeroed[999] == 0 && errno == 0 &&
		     uselocale(NULL) == LC_GLOBAL_LOCALE;

	(void)arg;
	initialised = 6;
	zeroed[999] = 1;
	errno = EDOM;
	uselocale(newlocale(LC_ALL_MASK, "C", NULL));
	green_yield();
	return (void *)(long)(fresh && initialised == 6 && errno == EDOM);
}

Test(fiber, recycled_one_has_fresh_tls)
{
	uintptr_t first;
	struct fiber *f;
	int i;

	start();
	f = spawn(use_tls, NULL);
	first = fiber_id(f);
	cr_assert(join(f));
	for (i = 0; i < 20; i++) {
		f = spawn(use_tls, NULL);
		cr_assert_eq(fiber_id(f), first, "was not recycled");
		cr_assert(join(f));
	}
	cr_assert_eq(initialised, 5);
}

static void *allocate(void *arg)
{
	void *p[64];
	int i;

	for (i = 0; i < 64; i++)
		p[i] = malloc(100);
	for (i = 0; i < 64; i++)
		free(p[i]);
	return arg;
}

static long resident_pages(void)
{
	long size = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	cr_assert_not_null(file);
	cr_assert_eq(fscanf(file, "%ld %ld", &size, &resident), 2);
	fclose(file);
	return resident;
}

/* libc's malloc cache lives in its TLS: it must neither be lost (a leak at
 * each life) nor be wrong (a crash). */
Test(fiber, recycled_one_keeps_its_malloc_cache)
{
	long before;
	int i;

	start();
	for (i = 0; i < 100; i++)
		join(spawn(allocate, NULL));
	before = resident_pages();
	for (i = 0; i < 20000; i++)
		join(spawn(allocate, NULL));
	/* 6,400 bytes a life would be 31,000 pages */
	cr_assert_lt(resident_pages() - before, 1000);
}

static void *distinct(void *arg)
{
	long i;

	for (i = 0; i < 10; i++) {
		initialised = (int)(long)arg;
		errno = (int)(long)arg % 100;
		green_yield();
		if (initialised != (int)(long)arg ||
		    errno != (int)(long)arg % 100)
			return NULL;
	}
	return arg;
}

Test(fiber, ten_thousand_at_once)
{
	enum { N = 10000 };
	static struct fiber *f[N];
	long i;

	start();
	for (i = 0; i < N; i++)
		f[i] = spawn(wait_at_gate, (void *)i);
	cr_assert_eq(rt.nfibers, N + 1);
	open_gate();
	for (i = 0; i < N; i++)
		cr_assert_eq(join(f[i]), (void *)i);
	for (i = 0; i < N; i++)
		f[i] = spawn(distinct, (void *)(i + 1));
	for (i = 0; i < N; i++)
		cr_assert_eq(join(f[i]), (void *)(i + 1));
	cr_assert_eq(rt.nfibers, 1);
}

static void *name_myself(void *arg)
{
	fiber_set_name(green_current(), arg);
	return wait_at_gate(NULL);
}

Test(fiber, names)
{
	struct fiber *a, *b;

	start();
	cr_assert_eq(fiber_set_name(green_current(), "0123456789012345"),
		     -ERANGE);
	fiber_set_name(green_current(), "first");
	a = spawn(name_myself, "second");
	b = spawn(wait_at_gate, NULL);
	cr_assert(COMES_TRUE(is_parked(a) && is_parked(b)));
	cr_assert_str_eq(fiber_name(a), "second");
	cr_assert_str_eq(fiber_name(b), "first"); /* its creator's */
	open_gate();
	join(a);
	join(b);
}

static void *make_some(void *arg)
{
	struct fiber *f[20];
	long i, sum = 0;
	void *result;

	for (i = 0; i < 20; i++)
		green_spawn(&f[i], NULL, give_back, (void *)i);
	for (i = 0; i < 20; i++) {
		green_join(f[i], &result, GREEN_FOREVER);
		sum += (long)result;
	}
	return (void *)(sum + (long)arg);
}

Test(fiber, fibers_make_fibers)
{
	struct fiber *f[200];
	long i;

	start();
	for (i = 0; i < 200; i++)
		f[i] = spawn(make_some, (void *)i);
	for (i = 0; i < 200; i++)
		cr_assert_eq(join(f[i]), (void *)(190 + i));
}
