// ENV: GREENSHIM_RAW=1
// EXPECT-STATUS: 4
/*
 * A thread that exits by the system call itself: nothing of libc runs.
 */
#include "own.h"

#include <stdatomic.h>

static pthread_key_t key;
static atomic_int cleaned;

static void clean(void *arg)
{
	(void)arg;
	cleaned++;
}

static void *leave(void *arg)
{
	(void)arg;
	CHECK_INT(pthread_setspecific(key, &key), 0);
	pthread_cleanup_push(clean, NULL);
	own(SYS_exit, 3);
	pthread_cleanup_pop(0);
	return &key;
}

static void *outlive(void *arg)
{
	(void)arg;
	settle();
	ok("the process goes on without its main thread");
	own(SYS_exit, 4);
	return NULL;
}

static void at_exit(void)
{
	ok("not this");
}

int main(void)
{
	CHECK_INT(pthread_key_create(&key, clean), 0);
	CHECK_INT(atexit(at_exit), 0);
	CHECK(join(start(leave, NULL)) == NULL);
	CHECK_INT(cleaned, 0);
	ok("no destructor, no cleanup handler, no result");
	start(outlive, NULL);
	own(SYS_exit, 9);
	return 0;
}
