/*
 * write(2) to a full pipe or socket waits for room: 150 threads wait at once.
 */
#include "lib.h"

#define THREADS 150

static int readers[THREADS], writers[THREADS];
static int filled[THREADS], waiting;

static void *writer(void *argument)
{
	int n = (int)(intptr_t)argument;
	char last[4096];

	memset(last, 'L', sizeof(last));
	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	CHECK_INT(write(writers[n], last, sizeof(last)), sizeof(last));
	close(writers[n]);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	static char filler[4096];

	be_threaded();
	for (int i = 0; i < THREADS; i++) {
		int fds[2], flags;
		ssize_t put;

		open_pair(fds, i % 2 ? PAIR_PIPE : PAIR_STREAM);
		readers[i] = fds[0];
		writers[i] = fds[1];
		flags = fcntl(fds[1], F_GETFL);
		CHECK_INT(fcntl(fds[1], F_SETFL, flags | O_NONBLOCK), 0);
		while ((put = write(fds[1], filler, sizeof(filler))) > 0)
			filled[i] += (int)put;
		CHECK_INT(errno, EAGAIN);
		CHECK_INT(fcntl(fds[1], F_SETFL, flags), 0);
		threads[i] = start(writer, (void *)(intptr_t)i);
	}
	WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) == THREADS);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 0; i < THREADS; i++)
		CHECK_INT(pthread_tryjoin_np(threads[i], NULL), EBUSY);
	ok("all wait");

	for (int i = 0; i < THREADS; i++) {
		char data[10000];
		int total = 0, marked = 0;
		ssize_t got;

		while ((got = read(readers[i], data, sizeof(data))) > 0) {
			for (ssize_t j = 0; j < got; j++)
				marked += data[j] == 'L';
			total += (int)got;
		}
		CHECK_INT(got, 0);
		CHECK_INT(total, filled[i] + 4096);
		CHECK_INT(marked, 4096);
		join(threads[i]);
	}
	ok("nothing lost");
	return 0;
}
