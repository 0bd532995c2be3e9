/*
 * Threads that exit leave no mapping behind, whatever the sizes of their
 * stacks and guards: the runtime once mapped memory for each new size, and
 * kept it.
 */
#include "lib.h"

static int mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int lines = 0, c;

	CHECK(maps != NULL);
	while ((c = getc(maps)) != EOF)
		lines += c == '\n';
	fclose(maps);
	return lines;
}

static long kilobytes(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];
	long kb = -1;

	CHECK(status != NULL);
	while (fgets(line, sizeof(line), status))
		sscanf(line, "VmSize: %ld", &kb);
	fclose(status);
	return kb;
}

static void *tells(void *argument)
{
	pthread_attr_t attr;
	size_t size;
	void *low;
	char here;

	CHECK_INT(pthread_getattr_np(pthread_self(), &attr), 0);
	CHECK_INT(pthread_attr_getstack(&attr, &low, &size), 0);
	pthread_attr_destroy(&attr);
	CHECK(&here > (char *)low && &here < (char *)low + size);
	*(size_t *)argument = size;
	return NULL;
}

static void run(size_t stack, size_t guard)
{
	size_t told;
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	CHECK_INT(pthread_attr_setstacksize(&attr, stack), 0);
	CHECK_INT(pthread_attr_setguardsize(&attr, guard), 0);
	CHECK_INT(pthread_create(&thread, &attr, tells, &told), 0);
	pthread_attr_destroy(&attr);
	join(thread);
	/* Natively, a bigger stack may be reused; its guard is part of it. */
	CHECK(told + guard >= stack);
	CHECK(told <= 16 << 20);
}

int main(void)
{
	int lines = 0;
	long kb = 0;

	for (size_t i = 0; i < 3000; i++) {
		run((64 + i % 1500) << 12, i % 5 << 12);
		if (i == 1499) {
			lines = mappings();
			kb = kilobytes();
		}
	}
	CHECK(mappings() < lines + 30);
	CHECK(kilobytes() < kb + 100000);
	CHECK(kb < 1500000);
	ok("no more than there were");
	return 0;
}
