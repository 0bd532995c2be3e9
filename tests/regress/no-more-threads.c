/*
 * A process that gets no more memory, and so no more threads, sees
 * pthread_create fail and continues with the threads that it has: the lack of
 * a kernel thread once ended it.
 */
#include "lib.h"
#include <sys/resource.h>

static void *works(void *argument)
{
	for (int i = 0; i < 20; i++)
		sched_yield();
	usleep(1000);
	__atomic_add_fetch((long *)argument, 1, __ATOMIC_SEQ_CST);
	return argument;
}

static void in_poverty(void)
{
	struct rlimit limit = { 1 << 20, RLIM_INFINITY }; /* we have more */
	pthread_t threads[1000];
	int n = 0, error = 0;
	long sum = 0;

	CHECK_INT(setrlimit(RLIMIT_AS, &limit), 0);
	while (n < 1000 && !error)
		error = pthread_create(&threads[n++], NULL, works, &sum);
	CHECK_INT(error, EAGAIN);
	n--;
	for (int i = 0; i < n; i++)
		join(threads[i]);
	CHECK_INT(sum, n);
	if (system("exit 3") != -1) /* or setrlimit may be refused */
		sum = 0;
}

int main(void)
{
	for (int i = 0; i < 10; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			long sum = 0;

			for (int k = 0; k < i; k++)
				join(start(works, &sum));
			in_poverty();
			_exit(0);
		}
		CHECK_INT(wait_for(pid), 0);
	}
	ok("refused, and no worse");
	return 0;
}
