/*
 * Many threads fork at once: in some children, libc's fork once found a lock
 * of the runtime that another kernel thread had held, and never returned.
 */
#include "lib.h"

#define THREADS 40
#define ROUNDS	5

static void *forks(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		int status = -1;
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0)
			_exit(i);
		CHECK_INT(waitpid(pid, &status, 0), pid);
		CHECK_INT(status, i << 8);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		threads[i] = start(forks, NULL);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	ok("all came back");
	return 0;
}
