/*
 * startup.c - what it costs to start a program: time and CPU.
 *
 * Prints medians, as name=nanoseconds: `wall` from before the spawn to after
 * the wait, and `cpu`, which is what the kernel counts for the child.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STARTS_MAX 10000

extern char **environ;

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static long long ns(struct timeval t)
{
	return t.tv_sec * 1000000000ll + t.tv_usec * 1000ll;
}

static void start(char **command, long long *wall, long long *cpu)
{
	long long begin = now_ns();
	struct rusage usage;
	int error, status;
	pid_t pid;

	error = posix_spawnp(&pid, *command, NULL, NULL, command, environ);
	if (error || wait4(pid, &status, 0, &usage) != pid) {
		fprintf(stderr, "startup: %s: %s\n", *command,
			strerror(error ? error : errno));
		exit(1);
	}
	*wall = now_ns() - begin;
	*cpu = ns(usage.ru_utime) + ns(usage.ru_stime);
	if (status != 0) {
		fprintf(stderr, "startup: %s: wait status 0x%x\n", *command,
			(unsigned)status);
		exit(1);
	}
}

static int compare(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x > y) - (x < y);
}

static void print_median(const char *name, long long *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), compare);
	printf("%s=%lld\n", name, values[n / 2]);
}

static int usage(void)
{
	fprintf(stderr, "usage: startup [-n STARTS] PROGRAM [ARG...]\n");
	return 2;
}

int main(int argc, char **argv)
{
	static long long wall[STARTS_MAX], cpu[STARTS_MAX];
	int i, o, n = 100;

	while ((o = getopt(argc, argv, "+n:")) != -1) {
		if (o != 'n')
			return usage();
		n = atoi(optarg);
	}
	if (n < 1 || n > STARTS_MAX || optind == argc)
		return usage();
	for (i = 0; i < n; i++)
		start(argv + optind, &wall[i], &cpu[i]);
	print_median("wall", wall, n);
	print_median("cpu", cpu, n);
	return 0;
}
