/*
 * A thread that asks libc for random numbers gets memory for that, from glibc
 * 2.41 on, and gives it back when it ends: threads that follow each other do
 * not make the process grow.
 */
#include "lib.h"

enum { WARM = 200, THREADS = 10000, MOST_KIB = 700 };

static void *asks(void *argument)
{
	return arc4random() ? argument : NULL;
}

static long data_kib(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[200];
	long kib = 0;

	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmData: %ld", &kib) == 1)
			break;
	fclose(file);
	CHECK(kib > 0);
	return kib;
}

int main(void)
{
	long before;
	int i;

	for (i = 0; i < WARM; i++)
		join(start(asks, NULL));
	before = data_kib();
	for (i = 0; i < THREADS; i++)
		join(start(asks, NULL));
	CHECK(data_kib() - before < MOST_KIB);
	ok("no thread leaves memory behind");
	return 0;
}
