/*
 * pthread_cond_wait(3p): a wait that a signal handler interrupts continues
 * afterwards. POSIX allows it to return, but libc's does not, and programs
 * rely on that. No wake-up is lost either.
 */
#include <signal.h>
#include <string.h>

#include "lib.h"

#define SIGNALS 200

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static _Atomic int handled, waits, returned, spurious, given;

static void handler(int sig)
{
	(void)sig;
	handled++;
}

static void *wait_twice(void *timed)
{
	struct timespec until;
	int i;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 100;
	pthread_mutex_lock(&mutex);
	for (i = 0; i < 2; i++) {
		waits++;
		if (timed)
			CHECK_INT(pthread_cond_timedwait(&cond, &mutex, &until),
				  0);
		else
			CHECK_INT(pthread_cond_wait(&cond, &mutex), 0);
		if (!given)
			spurious++;
		given = 0;
		returned++;
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void signal_it(void)
{
	pthread_mutex_lock(&mutex);
	given = 1;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
}

int main(void)
{
	struct sigaction act;
	int timed, i;

	memset(&act, 0, sizeof(act));
	act.sa_handler = handler;
	CHECK_INT(sigaction(SIGUSR1, &act, NULL), 0);
	for (timed = 0; timed < 2; timed++) {
		pthread_t thread;

		waits = returned = 0;
		CHECK_INT(pthread_create(&thread, NULL, wait_twice,
					 timed ? &timed : NULL),
			  0);
		while (waits < 1)
			sched_yield();
		for (i = 0; i < SIGNALS; i++) {
			handled = 0;
			CHECK_INT(pthread_kill(thread, SIGUSR1), 0);
			while (!handled)
				sched_yield();
		}
		CHECK_INT(returned, 0);
		signal_it();
		while (waits < 2)
			sched_yield();
		pthread_kill(thread, SIGUSR1);
		signal_it();
		CHECK_INT(pthread_join(thread, NULL), 0);
		CHECK_INT(returned, 2);
	}
	printf("returned for nothing: %d\n", spurious);
	return 0;
}
