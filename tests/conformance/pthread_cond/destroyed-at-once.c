/*
 * pthread_cond_destroy(3p), pthread_mutex_destroy(3p), sem_destroy: an object
 * may be destroyed, and its memory reused, as soon as the last waiter was
 * woken or the last user has unlocked the mutex.
 */
#include "lib.h"
#include <semaphore.h>

struct box {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	sem_t sem;
	int done;
};

static void *sets(void *argument)
{
	struct box *box = argument;

	CHECK_INT(pthread_mutex_lock(&box->mutex), 0);
	box->done = 1;
	CHECK_INT(pthread_cond_broadcast(&box->cond), 0);
	CHECK_INT(pthread_mutex_unlock(&box->mutex), 0);
	return NULL;
}

static void *posts(void *argument)
{
	sem_post(&((struct box *)argument)->sem);
	return NULL;
}

static void *owner(void *argument)
{
	for (int i = 0; i < (int)(intptr_t)argument; i++) {
		struct box *box = malloc(sizeof(*box));
		pthread_t thread;

		CHECK_INT(pthread_mutex_init(&box->mutex, NULL), 0);
		CHECK_INT(pthread_cond_init(&box->cond, NULL), 0);
		CHECK_INT(sem_init(&box->sem, 0, 0), 0);
		box->done = 0;
		thread = start_small(sets, box);
		pthread_detach(start_small(posts, box));
		CHECK_INT(pthread_mutex_lock(&box->mutex), 0);
		while (!box->done)
			CHECK_INT(pthread_cond_wait(&box->cond, &box->mutex),
				  0);
		CHECK_INT(pthread_mutex_unlock(&box->mutex), 0);
		CHECK_INT(sem_wait(&box->sem), 0);
		join(thread);
		CHECK_INT(pthread_cond_destroy(&box->cond), 0);
		CHECK_INT(pthread_mutex_destroy(&box->mutex), 0);
		CHECK_INT(sem_destroy(&box->sem), 0);
		memset(box, 0xff, sizeof(*box));
		free(box);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[20];

	for (int i = 0; i < 20; i++)
		threads[i] = start(owner, (void *)50);
	for (int i = 0; i < 20; i++)
		join(threads[i]);
	ok("destroyed at once");
	return 0;
}
