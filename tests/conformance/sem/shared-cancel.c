/*
 * sem_wait(3) and sem_timedwait(3) on a semaphore that is shared between
 * processes are cancellation points, also while they wait.
 */
#include "lib.h"
#include <semaphore.h>

static sem_t sem;

static void *waits(void *argument)
{
	struct timespec until = in_ms(CLOCK_REALTIME, 20000);

	if (argument)
		sem_timedwait(&sem, &until);
	else
		sem_wait(&sem);
	return NULL;
}

static void check(void *how)
{
	pthread_t thread = start(waits, how);

	settle();
	CHECK_INT(pthread_cancel(thread), 0);
	CHECK(join(thread) == PTHREAD_CANCELED);
}

int main(void)
{
	CHECK_INT(sem_init(&sem, 1, 0), 0);
	check(NULL);
	check("");
	CHECK_INT(sem_post(&sem), 0);
	CHECK_INT(sem_wait(&sem), 0);
	ok("cancelled");
	return 0;
}
