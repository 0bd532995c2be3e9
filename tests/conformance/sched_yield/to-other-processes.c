/*
 * sched_yield(2) by threads that only yield to each other gives the CPU to
 * another process that wants it, and not only at the end of a time slice.
 */
#include "lib.h"
#include <sys/prctl.h>
#include <sys/resource.h>

#define YIELDS 1000

static void *yields(void *argument)
{
	for (int i = 0; i < YIELDS; i++)
		sched_yield();
	return argument;
}

static long switches(void)
{
	struct rusage usage;

	CHECK_INT(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

int main(void)
{
	pthread_t threads[2];
	cpu_set_t set;
	long before;
	int cpu, pid, i;

	CHECK_INT(sched_getaffinity(0, sizeof(set), &set), 0);
	for (cpu = 0; !CPU_ISSET(cpu, &set); cpu++)
		;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	CHECK_INT(sched_setaffinity(0, sizeof(set), &set), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			;
	}
	be_threaded();
	before = switches();
	for (i = 0; i < 2; i++)
		threads[i] = start(yields, NULL);
	for (i = 0; i < 2; i++)
		join(threads[i]);
	/* Greened, one yield in a few hundred reaches the kernel. */
	CHECK(switches() - before >= 3);
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	ok("another process runs");
	return 0;
}
