/*
 * Many threads read one FILE: while one waits in fgets with the FILE's lock,
 * the others wait for the lock; ftrylockfile reports it; each line goes to one
 * thread.
 */
#include "lib.h"

#define THREADS 40

static FILE *stream;
static int sum;

static void *reader(void *argument)
{
	char line[32];

	(void)argument;
	while (fgets(line, sizeof(line), stream))
		__atomic_add_fetch(&sum, atoi(line), __ATOMIC_SEQ_CST);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int fds[2];

	stream_pair(fds);
	stream = fdopen(fds[0], "r");
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(reader, NULL);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	CHECK(ftrylockfile(stream) != 0);
	for (int i = 1; i <= 1000; i++)
		dprintf(fds[1], "%d\n", i);
	WAIT_UNTIL(__atomic_load_n(&sum, __ATOMIC_SEQ_CST) == 500500);
	close(fds[1]);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK_INT(ftrylockfile(stream), 0);
	funlockfile(stream);
	ok("each line once");
	return 0;
}
