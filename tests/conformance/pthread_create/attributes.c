/*
 * pthread_create(3) honours its attributes: stack size, a stack of the
 * caller's own, guard size, detached state; pthread_getattr_np(3) reports a
 * thread's attributes; errors.
 */
#include "lib.h"
#include <sys/mman.h>

static int detached_ran;

static size_t stack_of_self(char **low)
{
	pthread_attr_t attr;
	void *base;
	size_t size;

	CHECK_INT(pthread_getattr_np(pthread_self(), &attr), 0);
	CHECK_INT(pthread_attr_getstack(&attr, &base, &size), 0);
	pthread_attr_destroy(&attr);
	*low = base;
	return size;
}

static void *look(void *argument)
{
	char *low, here;
	size_t size = stack_of_self(&low);

	CHECK(&here > low && &here < low + size);
	if (argument)
		*(char **)argument = low;
	return (void *)size;
}

static void *detached(void *argument)
{
	pthread_attr_t attr;
	int state;

	(void)argument;
	CHECK_INT(pthread_getattr_np(pthread_self(), &attr), 0);
	CHECK_INT(pthread_attr_getdetachstate(&attr, &state), 0);
	CHECK_INT(state, PTHREAD_CREATE_DETACHED);
	pthread_attr_destroy(&attr);
	__atomic_store_n(&detached_ran, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void checks(void)
{
	size_t sizes[] = { PTHREAD_STACK_MIN + 65536, 1 << 17, 1 << 20,
			   64 << 20 };
	pthread_attr_t attr;
	pthread_t thread;
	char *low;
	void *own;
	size_t size;

	size = (size_t)join(start(look, NULL));
	CHECK_INT(pthread_attr_init(&attr), 0);
	CHECK_INT(pthread_attr_getstacksize(&attr, &size), 0);
	CHECK((size_t)join(start(look, NULL)) >= size - (1 << 16));
	ok("the default size");

	for (int i = 0; i < 4; i++) {
		CHECK_INT(pthread_attr_setstacksize(&attr, sizes[i]), 0);
		CHECK_INT(pthread_create(&thread, &attr, look, NULL), 0);
		size = (size_t)join(thread);
		CHECK(size >= sizes[i] - (1 << 16) && size < 2 * sizes[i]);
	}
	CHECK_INT(pthread_attr_setstacksize(&attr, 1000), EINVAL);
	CHECK_INT(pthread_attr_setguardsize(&attr, 0), 0);
	CHECK_INT(pthread_create(&thread, &attr, look, NULL), 0);
	join(thread);
	CHECK_INT(pthread_attr_setguardsize(&attr, 1 << 20), 0);
	CHECK_INT(pthread_create(&thread, &attr, look, NULL), 0);
	join(thread);
	pthread_attr_destroy(&attr);
	ok("sizes");

	own = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(own != MAP_FAILED);
	CHECK_INT(pthread_attr_init(&attr), 0);
	CHECK_INT(pthread_attr_setstack(&attr, own, 1 << 20), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(pthread_create(&thread, &attr, look, &low), 0);
		join(thread);
		CHECK(low >= (char *)own && low < (char *)own + (1 << 20));
	}
	/* The stack belongs to the caller again. */
	CHECK_INT(munmap(own, 1 << 20), 0);
	pthread_attr_destroy(&attr);
	ok("the caller's stack");

	CHECK_INT(pthread_attr_init(&attr), 0);
	CHECK_INT(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED),
		  0);
	__atomic_store_n(&detached_ran, 0, __ATOMIC_SEQ_CST);
	CHECK_INT(pthread_create(&thread, &attr, detached, NULL), 0);
	WAIT_UNTIL(__atomic_load_n(&detached_ran, __ATOMIC_SEQ_CST));
	CHECK_INT(pthread_attr_setdetachstate(&attr, 17), EINVAL);
	pthread_attr_destroy(&attr);
	ok("detached");
}

int main(void)
{
	char *low, here;
	size_t size;

	run_both(checks);
	size = stack_of_self(&low);
	CHECK(&here > low && &here < low + size);
	ok("the main thread's stack");
	return 0;
}
