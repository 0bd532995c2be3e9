/*
 * vfork(2): the child has its parent's memory, and the calling thread
 * continues once the child has called exec or exited; other threads keep
 * running meanwhile.
 */
#include "lib.h"

static volatile int word, ticks, stop;
static volatile pid_t seen;

static void *counts(void *unused)
{
	while (!stop) {
		ticks++;
		sleep_ms(1);
	}
	return unused;
}

/* Calls only what is safe here natively as well. */
static void nap(int ms)
{
	struct timespec ts = { 0, ms * 1000000L };

	nanosleep(&ts, NULL);
}

static void writes(void)
{
	volatile int local = 1;
	pid_t pid = vfork();

	CHECK(pid >= 0);
	if (pid == 0) {
		seen = getpid();
		nap(30);
		local = 2;
		word = 17;
		_exit(3);
	}
	CHECK_INT(word, 17);
	CHECK_INT(local, 2);
	CHECK_INT(seen, pid);
	CHECK_INT(wait_for(pid), 3 << 8);
	word = 0;
	ok("what the child writes");
}

static void runs(void)
{
	pid_t pid;

	errno = 0;
	pid = vfork();
	CHECK(pid >= 0);
	if (pid == 0) {
		execl("/nonexistent", "x", (char *)NULL);
		word = errno;
		execl("/bin/sh", "sh", "-c", "exit 9", (char *)NULL);
		_exit(1);
	}
	CHECK_INT(word, ENOENT);
	CHECK_INT(wait_for(pid), 9 << 8);
	word = 0;
	ok("exec");
}

/* The child has a child of its own, made in each way. */
static void nests(void)
{
	pid_t pid = vfork(), other;

	CHECK(pid >= 0);
	if (pid == 0) {
		other = vfork();
		if (other == 0) {
			word = 5;
			_exit(5);
		}
		if (word != 5 || waitpid(other, (int *)&word, 0) != other)
			_exit(1);
		other = fork();
		if (other == 0)
			_exit(6);
		if (waitpid(other, (int *)&word, 0) != other)
			_exit(2);
		_exit(word >> 8);
	}
	CHECK_INT(wait_for(pid), 6 << 8);
	ok("children of the child");
}

static void checks(void)
{
	writes();
	runs();
	nests();
}

/* The child exits only after it has seen another thread run. */
static void others(void)
{
	pthread_t thread = start(counts, NULL);
	pid_t pid;
	int i;

	WAIT_UNTIL(ticks > 0);
	pid = vfork();
	CHECK(pid >= 0);
	if (pid == 0) {
		int from = ticks;

		for (i = 0; i < 10000 && ticks < from + 5; i++)
			nap(1);
		_exit(ticks >= from + 5 ? 0 : 1);
	}
	CHECK_INT(wait_for(pid), 0);
	stop = 1;
	join(thread);
	stop = ticks = 0;
	ok("other threads");
}

int main(void)
{
	printf("before any thread:\n");
	checks();
	run_both(checks);
	run_both(others);
	return 0;
}
