/*
 * fork is not a cancellation point. In the child of a thread with a pending
 * cancellation, the runtime's own preparations once were one, and the child
 * exited before fork had returned.
 */
#include "lib.h"
#include <semaphore.h>

static sem_t asked;

static void *forks(void *argument)
{
	int old;

	(void)argument;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	CHECK_INT(sem_wait(&asked), 0);
	/* Pending from here on; nothing up to _exit acts on it. */
	pthread_setcancelstate(old, NULL);
	pid_t pid = fork();

	if (pid == 0) {
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
		usleep(100);
		_exit(7);
	}
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	CHECK(pid > 0);
	CHECK_INT(wait_for(pid), 7 << 8);
	pthread_setcancelstate(old, NULL);
	pthread_testcancel();
	FAIL("was not cancelled");
}

int main(void)
{
	for (int i = 0; i < 5; i++) {
		pthread_t thread;

		CHECK_INT(sem_init(&asked, 0, 0), 0);
		thread = start(forks, NULL);
		CHECK_INT(pthread_cancel(thread), 0);
		CHECK_INT(sem_post(&asked), 0);
		CHECK(join(thread) == PTHREAD_CANCELED);
	}
	ok("each child went on");
	return 0;
}
