// ENV: GREENSHIM_STATS=1
/*
 * Standard error is a pipe that nobody reads, and full: what the program is sent
 * to make it write there must not stop it.  A thread that computes keeps the
 * others from running unless somebody hands the hub on.  The pipe is still full
 * when the program exits.
 */
#include "lib.h"

static int over, beats;

static void *beats_on(void *argument)
{
	struct timespec ms = { 0, 1000000 };

	while (!__atomic_load_n(&over, __ATOMIC_SEQ_CST)) {
		nanosleep(&ms, NULL);
		__atomic_add_fetch(&beats, 1, __ATOMIC_SEQ_CST);
	}
	return argument;
}

static void *computes(void *argument)
{
	while (!__atomic_load_n(&over, __ATOMIC_SEQ_CST))
		;
	return argument;
}

static void ignore(int sig)
{
	(void)sig;
}

static void fill(int fd)
{
	static const char zeros[4096];
	int flags = fcntl(fd, F_GETFL);

	CHECK_INT(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	CHECK_INT(errno, EAGAIN);
	CHECK_INT(fcntl(fd, F_SETFL, flags), 0);
}

int main(void)
{
	int fds[2], before;
	pthread_t threads[4];

	CHECK_INT(pipe(fds), 0);
	fill(fds[1]);
	CHECK_INT(dup2(fds[1], 2), 2);
	threads[0] = start(beats_on, NULL);
	WAIT_UNTIL(__atomic_load_n(&beats, __ATOMIC_SEQ_CST));
	/* Natively the signal would end the program. */
	if (!greened())
		signal(SIGUSR2, ignore);
	CHECK_INT(kill(getpid(), SIGUSR2), 0);
	settle();
	threads[1] = start(computes, NULL);
	threads[2] = start(computes, NULL);
	threads[3] = start(computes, NULL);
	before = __atomic_load_n(&beats, __ATOMIC_SEQ_CST);
	WAIT_UNTIL(__atomic_load_n(&beats, __ATOMIC_SEQ_CST) > before + 10);
	over = 1;
	for (int i = 0; i < 4; i++)
		join(threads[i]);
	CHECK_INT(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	ok("goes on");
	return 0;
}
