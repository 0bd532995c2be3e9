/*
 * What the stress programs share.  Each is started as PROGRAM SEED SECONDS,
 * makes random use of one part of the system for so long, checks what must
 * hold at every step and at the end, and exits with status 0 when it did.
 */
#ifndef STRESS_H
#define STRESS_H

/*
 * A port stays in use for a minute after its connection, and there are some
 * 28,000: so each listener has its own address in 127.0.0.0/8.
 */
#define LISTEN_ADDRESS (INADDR_LOOPBACK + (uint32_t)now_ns() % 0xfffffd)

#include "lib.h"

UNUSED static unsigned stress_seed;
UNUSED static long long stress_end;

UNUSED static void stress_begin(int argc, char **argv)
{
	stress_seed = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 1;
	stress_end = now_ms() + (argc > 2 ? atoi(argv[2]) : 2) * 1000;
	printf("seed %u\n", stress_seed);
	fflush(stdout);
	signal(SIGPIPE, SIG_IGN);
}

UNUSED static int stress_over(void)
{
	return now_ms() >= stress_end;
}

/* Each thread's own sequence: xorshift, from the seed and its number. */
struct random {
	uint64_t state;
};

UNUSED static struct random random_for(int number)
{
	struct random random = { (stress_seed + 1ULL) * 0x9e3779b97f4a7c15ULL ^
				 (number + 1ULL) * 0xbf58476d1ce4e5b9ULL };

	return random;
}

/* A random number from 0 to below the limit. */
UNUSED static unsigned pick(struct random *random, unsigned limit)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return (unsigned)((random->state >> 32) % limit);
}

/* Now and then does something that changes the schedule. */
UNUSED static void jitter(struct random *random)
{
	switch (pick(random, 40)) {
	case 0:
		sched_yield();
		break;
	case 1:
		usleep(pick(random, 500));
		break;
	case 2:
		usleep(0);
		break;
	case 3:
		for (volatile int i = 0; i < 3000; i++)
			;
		break;
	}
}

/* Uses so many bytes of the stack. */
UNUSED static int __attribute__((noinline)) deep(unsigned bytes)
{
	volatile char frame[1024];

	frame[0] = frame[1023] = 1;
	if (bytes > 1024)
		return deep(bytes - 1024) + frame[1023];
	return frame[0];
}

/* How many descriptors are open; the program must have no more at its end. */
UNUSED static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 4096; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

#endif
