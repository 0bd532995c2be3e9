/*
 * malloc's per-thread caches stay consistent: blocks pass from thread to
 * thread and are freed by a thread other than the one that allocated them,
 * while threads come and go and wait in between; no block is handed out twice.
 */
#include "lib.h"

#define THREADS 30
#define SLOTS	64

static void *slots[SLOTS];

static void *shuffler(void *argument)
{
	unsigned seed = (unsigned)(uintptr_t)argument;

	for (int i = 0; i < 2000; i++) {
		size_t size = 16 + rand_r(&seed) % 2000;
		size_t *block = malloc(size);
		size_t *other;

		block[0] = size;
		memset(block + 1, (int)(size & 0xff), size - sizeof(*block));
		other = __atomic_exchange_n(&slots[rand_r(&seed) % SLOTS],
					    block, __ATOMIC_SEQ_CST);
		if (i % 100 == 0)
			usleep(10);
		if (other) {
			unsigned char *bytes = (unsigned char *)other;

			for (size_t j = sizeof(*other); j < other[0]; j++)
				CHECK_INT(bytes[j], other[0] & 0xff);
			free(other);
		}
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < THREADS; i++)
			threads[i] = start(shuffler,
					   (void *)(intptr_t)(i + round));
		for (int i = 0; i < THREADS; i++)
			join(threads[i]);
	}
	ok("shuffled");
	return 0;
}
