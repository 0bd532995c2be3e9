/*
 * read(2) on a terminal waits for a line. A tty answers EOPNOTSUPP to a
 * non-blocking attempt per call (RWF_NOWAIT), so the shim has another path for
 * it: 40 threads on 40 terminals.
 */
#include "lib_tty.h"

#define THREADS 40

static int waiting;

static void *reader(void *argument)
{
	int fd = (int)(intptr_t)argument;
	char line[100];
	ssize_t got;

	__atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
	/* Each read gives one line, though two were typed. */
	got = read(fd, line, sizeof(line));
	CHECK_INT(got, 6);
	CHECK(memcmp(line, "first\n", 6) == 0);
	got = read(fd, line, sizeof(line));
	CHECK_INT(got, 7);
	CHECK(memcmp(line, "second\n", 7) == 0);
	/* Control-D. */
	CHECK_INT(read(fd, line, sizeof(line)), 0);
	CHECK_INT(write(fd, "done", 4), 4);
	return NULL;
}

int main(void)
{
	int masters[THREADS], slaves[THREADS];
	pthread_t threads[THREADS];
	char back[16];

	be_threaded();
	for (int i = 0; i < THREADS; i++) {
		masters[i] = open_terminal(&slaves[i]);
		threads[i] = start(reader, (void *)(intptr_t)slaves[i]);
	}
	WAIT_UNTIL(__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) == THREADS);
	settle();
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	/* An unfinished line does not end the wait. */
	for (int i = 0; i < THREADS; i++)
		CHECK_INT(write(masters[i], "fir", 3), 3);
	settle();
	for (int i = 0; i < THREADS; i++)
		CHECK_INT(pthread_tryjoin_np(threads[i], NULL), EBUSY);
	for (int i = 0; i < THREADS; i++)
		CHECK_INT(write(masters[i], "st\nsecond\n", 10), 10);
	settle();
	for (int i = 0; i < THREADS; i++)
		CHECK_INT(write(masters[i], "\004", 1), 1);
	for (int i = 0; i < THREADS; i++) {
		join(threads[i]);
		read_all(masters[i], back, 4);
		CHECK(memcmp(back, "done", 4) == 0);
		CHECK_INT(fcntl(slaves[i], F_GETFL) & O_NONBLOCK, 0);
		CHECK_INT(fcntl(masters[i], F_GETFL) & O_NONBLOCK, 0);
	}
	ok("%d terminals", THREADS);

	/* Hanging up ends a waiting read: EIO at the master. */
	close(slaves[0]);
	CHECK_ERRNO(read(masters[0], back, 1), EIO);
	ok("hang-up");
	return 0;
}
