// CFLAGS: -Wno-infinite-recursion
/*
 * pthread_exit(3): from deep down with cleanup handlers run in reverse order,
 * the value for the joiner, key destructors after the handlers.
 */
#include "lib.h"

static pthread_key_t key;
static __thread char trail[32];
static char last_trail[32];

static void leave(void *letter)
{
	strcat(trail, letter);
}

static void destructor(void *value)
{
	strcat(trail, value);
	memcpy(last_trail, trail, sizeof(trail));
}

static void __attribute__((noinline)) deep(int depth)
{
	pthread_cleanup_push(leave, "a");
	if (depth == 0)
		pthread_exit((void *)77);
	deep(depth - 1);
	pthread_cleanup_pop(1);
}

static void *thread(void *argument)
{
	(void)argument;
	CHECK_INT(pthread_setspecific(key, "K"), 0);
	pthread_cleanup_push(leave, "b");
	deep(3);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *popped(void *argument)
{
	(void)argument;
	CHECK_INT(pthread_setspecific(key, "K"), 0);
	pthread_cleanup_push(leave, "x");
	pthread_cleanup_push(leave, "y");
	sleep_ms(1);
	pthread_cleanup_pop(1);
	pthread_cleanup_pop(0);
	return (void *)88;
}

static void checks(void)
{
	CHECK_INT((intptr_t)join(start(thread, NULL)), 77);
	CHECK(strcmp(last_trail, "aaaabK") == 0);
	CHECK_INT((intptr_t)join(start(popped, NULL)), 88);
	CHECK(strcmp(last_trail, "yK") == 0);
	ok("handlers, then destructors");
}

int main(void)
{
	CHECK_INT(pthread_key_create(&key, destructor), 0);
	run_both(checks);
	return 0;
}
