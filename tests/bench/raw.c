/*
 * What the raw door costs: one figure, in nanoseconds an operation.
 *
 *   raw own     getppid by an instruction of the program's own
 *   raw libc    getppid by libc
 *   raw echo    a byte to another thread and back, by libc's read and write
 *   raw park    the same by instructions of the program's own
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int pair[2];
static int by_own;
static long rounds;

static inline long own(long nr, long a, long b, long c)
{
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return r;
}

static void take(int fd, char *c)
{
	if ((by_own ? own(SYS_read, fd, (long)c, 1) : read(fd, c, 1)) != 1)
		exit(1);
}

static void give(int fd, char *c)
{
	if ((by_own ? own(SYS_write, fd, (long)c, 1) : write(fd, c, 1)) != 1)
		exit(1);
}

static void *answer(void *arg)
{
	char c;
	long i;

	for (i = 0; i < rounds; i++) {
		take(pair[1], &c);
		give(pair[1], &c);
	}
	return arg;
}

static void *nothing(void *arg)
{
	return arg;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void echo(void)
{
	pthread_t thread;
	char c = 'x';
	long i;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 ||
	    pthread_create(&thread, NULL, answer, NULL) != 0)
		exit(1);
	for (i = 0; i < rounds; i++) {
		give(pair[0], &c);
		take(pair[0], &c);
	}
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	pthread_t thread;
	double start;
	long i;

	/* The process is green from here on. */
	if (pthread_create(&thread, NULL, nothing, NULL) != 0)
		return 1;
	pthread_join(thread, NULL);
	start = now();
	if (!strcmp(what, "own")) {
		for (rounds = 200000, i = 0; i < rounds; i++)
			own(SYS_getppid, 0, 0, 0);
	} else if (!strcmp(what, "libc")) {
		for (rounds = 400000, i = 0; i < rounds; i++)
			getppid();
	} else if (!strcmp(what, "echo") || !strcmp(what, "park")) {
		by_own = what[0] == 'p';
		rounds = 30000;
		echo();
	} else {
		fprintf(stderr, "usage: raw own|libc|echo|park\n");
		return 2;
	}
	printf("%.1f\n", (now() - start) / (double)rounds);
	return 0;
}
