/*
 * A handler that runs very often, from a timer, while threads wait, switch,
 * lock, allocate and print: nothing is lost or garbled.
 */
#include "lib.h"

#define THREADS 20

static volatile sig_atomic_t ticks;
static int sum;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void handler(int signo)
{
	(void)signo;
	ticks++;
}

static void *works(void *argument)
{
	int fds[2];
	char text[64];

	(void)argument;
	stream_pair(fds);
	for (int i = 0; i < 200; i++) {
		char *memory = malloc(i * 10 + 1), byte;

		memset(memory, i, i * 10 + 1);
		snprintf(text, sizeof(text), "%d", i);
		CHECK_INT(atoi(text), i);
		write_all(fds[0], text, 1);
		read_all(fds[1], &byte, 1);
		CHECK_INT(pthread_mutex_lock(&mutex), 0);
		sum++;
		CHECK_INT(pthread_mutex_unlock(&mutex), 0);
		free(memory);
		if (i % 20 == 0)
			sleep_ms(2);
	}
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_RESTART };
	struct itimerval timer = { { 0, 500 }, { 0, 500 } };
	struct itimerval none = { { 0, 0 }, { 0, 0 } };
	pthread_t threads[THREADS];

	CHECK_INT(sigaction(SIGALRM, &action, NULL), 0);
	be_threaded();
	CHECK_INT(setitimer(ITIMER_REAL, &timer, NULL), 0);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < THREADS; i++)
			threads[i] = start(works, NULL);
		for (int i = 0; i < THREADS; i++)
			join(threads[i]);
	}
	CHECK_INT(setitimer(ITIMER_REAL, &none, NULL), 0);
	CHECK_INT(sum, THREADS * 200 * 3);
	CHECK(ticks > 10);
	ok("nothing lost");
	return 0;
}
