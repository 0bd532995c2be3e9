/*
 * 20,000 threads are created and exit, and what they leave behind is cleaned
 * up: stacks and __thread variables are fresh each time, and memory does not
 * grow.
 */
#include "lib.h"

static __thread int initialised = 42;
static __thread int zeroed;
static __thread char buffer[3000];
static pthread_key_t key;

static long resident_kb(void)
{
	long size, resident;
	FILE *statm = fopen("/proc/self/statm", "r");

	CHECK(statm != NULL);
	CHECK_INT(fscanf(statm, "%ld %ld", &size, &resident), 2);
	fclose(statm);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void *dirty(void *argument)
{
	volatile char deep[20000];

	CHECK_INT(initialised, 42);
	CHECK_INT(zeroed, 0);
	CHECK(pthread_getspecific(key) == NULL);
	for (size_t i = 0; i < sizeof(buffer); i++)
		if (buffer[i])
			FAIL("buffer[%zu] is %d", i, buffer[i]);
	initialised = 1;
	zeroed = 1;
	memset(buffer, 1, sizeof(buffer));
	memset((char *)deep, 1, sizeof(deep));
	CHECK_INT(pthread_setspecific(key, malloc(100)), 0);
	errno = 77;
	return argument;
}

int main(void)
{
	pthread_t threads[100];
	long before = 0, after;

	CHECK_INT(pthread_key_create(&key, free), 0);
	for (int round = 0; round < 200; round++) {
		for (int i = 0; i < 100; i++)
			threads[i] = start(dirty, (void *)(intptr_t)i);
		for (int i = 0; i < 100; i++)
			CHECK_INT((intptr_t)join(threads[i]), i);
		if (round == 20)
			before = resident_kb();
	}
	after = resident_kb();
	if (after > before + 20000)
		FAIL("from %ld to %ld kB", before, after);
	ok("as new each time");
	return 0;
}
