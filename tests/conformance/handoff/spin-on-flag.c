/*
 * A thread that spins, for ever or for long, costs what a kernel thread would:
 * the others continue, with round trips in a few milliseconds. A thread that
 * spins on a flag does not starve the one that sets it.
 */
#include "lib.h"

#define ROUNDS 100

static volatile int flag, stop;
static int pairs[10][2];
static long long worst;

static void *spins(void *argument)
{
	volatile int *until = argument;

	while (!*until)
		;
	return NULL;
}

static void *computes(void *argument)
{
	volatile double value = 1;

	(void)argument;
	while (!stop)
		value = value * 1.0000001 + 0.1;
	return NULL;
}

static void *echo(void *argument)
{
	int fd = pairs[(intptr_t)argument][0];
	char byte;

	while (read(fd, &byte, 1) == 1)
		CHECK_INT(write(fd, &byte, 1), 1);
	return NULL;
}

static void *client(void *argument)
{
	int fd = pairs[(intptr_t)argument][1];
	char byte = 'x';

	for (int i = 0; i < ROUNDS; i++) {
		long long before = now_ns(), took;

		CHECK_INT(write(fd, &byte, 1), 1);
		CHECK_INT(read(fd, &byte, 1), 1);
		took = now_ns() - before;
		if (took > __atomic_load_n(&worst, __ATOMIC_SEQ_CST))
			__atomic_store_n(&worst, took, __ATOMIC_SEQ_CST);
		usleep(1000);
	}
	close(fd);
	return NULL;
}

static void *sets(void *argument)
{
	(void)argument;
	sleep_ms(20);
	flag = 1;
	return NULL;
}

int main(void)
{
	pthread_t spinners[3], threads[20], thread;

	/* The thread that sets the flag is created only afterwards. */
	spinners[0] = start(spins, (void *)&flag);
	sleep_ms(5);
	thread = start(sets, NULL);
	join(thread);
	join(spinners[0]);
	ok("the flag was set");

	flag = 0;
	thread = start(sets, NULL);
	spins((void *)&flag);
	join(thread);
	ok("main spun");

	spinners[0] = start(spins, (void *)&stop);
	spinners[1] = start(computes, NULL);
	for (int i = 0; i < 10; i++) {
		stream_pair(pairs[i]);
		threads[2 * i] = start(echo, (void *)(intptr_t)i);
		threads[2 * i + 1] = start(client, (void *)(intptr_t)i);
	}
	for (int i = 0; i < 20; i++)
		join(threads[i]);
	stop = 1;
	join(spinners[0]);
	join(spinners[1]);
	/*
	 * Two spinning threads may hold both processors for some time slices.
	 */
	if (worst > 500000000)
		FAIL("a round trip took %lld us", worst / 1000);
	ok("round trips beside spinners");
	return 0;
}
