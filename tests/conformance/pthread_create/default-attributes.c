/*
 * pthread_setattr_default_np(3): stack size, guard size, detached state and
 * the rest for threads that are created without attributes, C11's among them.
 */
#include "lib.h"
#include <threads.h>

static size_t stack_size, guard_size;
static int state, done;

static void *look(void *argument)
{
	pthread_attr_t attr;

	CHECK_INT(pthread_getattr_np(pthread_self(), &attr), 0);
	CHECK_INT(pthread_attr_getstacksize(&attr, &stack_size), 0);
	CHECK_INT(pthread_attr_getguardsize(&attr, &guard_size), 0);
	CHECK_INT(pthread_attr_getdetachstate(&attr, &state), 0);
	pthread_attr_destroy(&attr);
	__atomic_store_n(&done, 1, __ATOMIC_SEQ_CST);
	return argument;
}

static int look_c11(void *argument)
{
	look(argument);
	return 5;
}

static void expect(size_t size, size_t guard)
{
	CHECK(stack_size >= size - (1 << 16) && stack_size <= size + (1 << 16));
	CHECK_INT(guard_size, guard);
}

static void *uses_much(void *argument)
{
	volatile char room[40 << 20];

	for (size_t i = 0; i < sizeof(room); i += 4096)
		room[i] = 1;
	return argument;
}

static void checks(void)
{
	pthread_attr_t before, attr;
	pthread_t thread;
	thrd_t c11;
	int result;

	CHECK_INT(pthread_getattr_default_np(&before), 0);
	CHECK_INT(pthread_getattr_default_np(&attr), 0);
	CHECK_INT(pthread_attr_setstacksize(&attr, 48 << 20), 0);
	CHECK_INT(pthread_attr_setguardsize(&attr, 64 << 10), 0);
	CHECK_INT(pthread_setattr_default_np(&attr), 0);
	join(start(look, NULL));
	expect(48 << 20, 64 << 10);
	join(start(uses_much, NULL));
	CHECK_INT(thrd_create(&c11, look_c11, NULL), thrd_success);
	CHECK_INT(thrd_join(c11, &result), thrd_success);
	CHECK_INT(result, 5);
	expect(48 << 20, 64 << 10);
	ok("a large stack");

	/*
	 * Attributes without a stack size take the default size, but not the
	 * default guard.
	 */
	CHECK_INT(pthread_attr_init(&attr), 0);
	CHECK_INT(pthread_create(&thread, &attr, look, NULL), 0);
	join(thread);
	expect(48 << 20, 4096);
	CHECK_INT(pthread_attr_setstacksize(&attr, 256 << 10), 0);
	CHECK_INT(pthread_create(&thread, &attr, look, NULL), 0);
	join(thread);
	expect(256 << 10, 4096);
	ok("attributes of its own");

	CHECK_INT(pthread_attr_setguardsize(&attr, 0), 0);
	CHECK_INT(pthread_setattr_default_np(&attr), 0);
	join(start(look, NULL));
	expect(256 << 10, 0);
	ok("a small one without a guard");

	CHECK_INT(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED),
		  0);
	CHECK_INT(pthread_setattr_default_np(&attr), 0);
	done = 0;
	start(look, NULL);
	WAIT_UNTIL(__atomic_load_n(&done, __ATOMIC_SEQ_CST));
	CHECK_INT(state, PTHREAD_CREATE_DETACHED);
	ok("detached");

	CHECK_INT(pthread_attr_setstack(&attr, &attr, 1 << 20), 0);
	CHECK_INT(pthread_setattr_default_np(&attr), EINVAL);
	pthread_attr_destroy(&attr);
	CHECK_INT(pthread_setattr_default_np(&before), 0);
	join(start(look, NULL));
	CHECK_INT(state, PTHREAD_CREATE_JOINABLE);
	CHECK_INT(pthread_attr_getstacksize(&before, &stack_size), 0);
	join(start(look, NULL));
	pthread_attr_destroy(&before);
	ok("as before");
}

int main(void)
{
	checks();
	be_threaded();
	run_both(checks);
	return 0;
}
