/*
 * A mutex that main locked, and a condition variable that main set up, before
 * there were any threads are still main's afterwards: the program does not
 * notice the change from one thread to many.
 */
#include "lib.h"

static pthread_mutex_t kinds[3] = { PTHREAD_MUTEX_INITIALIZER,
				    PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP,
				    PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP };
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static __thread int mine = 3;
static int got;

static void *thread(void *argument)
{
	(void)argument;
	CHECK_INT(mine, 3);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(pthread_mutex_trylock(&kinds[i]), EBUSY);
		if (i)
			CHECK_INT(pthread_mutex_unlock(&kinds[i]), EPERM);
	}
	CHECK_INT(pthread_rwlock_tryrdlock(&rwlock), EBUSY);
	CHECK_INT(pthread_rwlock_rdlock(&rwlock), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(pthread_mutex_lock(&kinds[i]), 0);
		got++;
	}
	return NULL;
}

int main(void)
{
	pthread_t self = pthread_self(), other;
	pid_t tid = gettid();
	pthread_key_t key;
	int *error = &errno;

	CHECK_INT(pthread_key_create(&key, NULL), 0);
	CHECK_INT(pthread_setspecific(key, &key), 0);
	mine = 55;
	for (int i = 0; i < 3; i++)
		CHECK_INT(pthread_mutex_lock(&kinds[i]), 0);
	CHECK_INT(pthread_rwlock_wrlock(&rwlock), 0);
	other = start(thread, NULL);
	settle();
	CHECK(pthread_equal(self, pthread_self()));
	CHECK_INT(gettid(), tid);
	CHECK(error == &errno);
	CHECK(pthread_getspecific(key) == &key);
	CHECK_INT(mine, 55);
	CHECK_INT(pthread_mutex_lock(&kinds[1]), EDEADLK);
	CHECK_INT(pthread_mutex_lock(&kinds[2]), 0);
	CHECK_INT(pthread_mutex_unlock(&kinds[2]), 0);
	CHECK_INT(pthread_rwlock_unlock(&rwlock), 0);
	for (int i = 0; i < 3; i++)
		CHECK_INT(pthread_mutex_unlock(&kinds[i]), 0);
	join(other);
	CHECK_INT(got, 3);
	ok("still main's");
	return 0;
}
