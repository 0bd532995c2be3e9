/*
 * pthread_atfork(3): prepare handlers run in reverse order, parent and child
 * handlers in order; a mutex that the prepare handler locks is usable in both.
 */
#include "lib.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char trail[32];

static void prepare_1(void)
{
	strcat(trail, "1");
}
static void prepare_2(void)
{
	strcat(trail, "2");
	CHECK_INT(pthread_mutex_lock(&mutex), 0);
}
static void parent_1(void)
{
	strcat(trail, "p");
}
static void parent_2(void)
{
	strcat(trail, "q");
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
}
static void child_1(void)
{
	strcat(trail, "c");
}
static void child_2(void)
{
	strcat(trail, "d");
	CHECK_INT(pthread_mutex_unlock(&mutex), 0);
}

static void *locker(void *argument)
{
	(void)argument;
	for (int i = 0; i < 50; i++) {
		CHECK_INT(pthread_mutex_lock(&mutex), 0);
		usleep(200);
		CHECK_INT(pthread_mutex_unlock(&mutex), 0);
	}
	return NULL;
}

static void checks(void)
{
	pthread_t thread = start(locker, NULL);
	pid_t pid;

	sleep_ms(1);
	trail[0] = '\0';
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK_INT(pthread_mutex_lock(&mutex), 0);
		CHECK_INT(pthread_mutex_unlock(&mutex), 0);
		_exit(strcmp(trail, "21cd"));
	}
	CHECK(strcmp(trail, "21pq") == 0);
	CHECK_INT(wait_for(pid), 0);
	join(thread);
	ok("in order");
}

int main(void)
{
	CHECK_INT(pthread_atfork(prepare_1, parent_1, child_1), 0);
	CHECK_INT(pthread_atfork(prepare_2, parent_2, child_2), 0);
	run_both(checks);
	return 0;
}
