/*
 * prctl(PR_SET_NAME), pthread_setname_np(3): one thread's name, as seen by
 * itself and by others; truncated or refused when it is too long.
 */
#include "lib.h"
#include <sys/prctl.h>

static pthread_barrier_t barrier;

static void *named(void *argument)
{
	char name[16];

	CHECK_INT(prctl(PR_SET_NAME, "a-name-much-too-long-for-it"), 0);
	CHECK_INT(prctl(PR_GET_NAME, name), 0);
	CHECK(!strcmp(name, "a-name-much-too"));
	CHECK_INT(pthread_getname_np(pthread_self(), name, sizeof(name)), 0);
	CHECK(!strcmp(name, "a-name-much-too"));
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	CHECK_INT(prctl(PR_GET_NAME, name), 0);
	CHECK(!strcmp(name, "other"));
	CHECK_INT(syscall(SYS_prctl, PR_SET_NAME, "by-number", 0, 0, 0), 0);
	CHECK_INT(pthread_getname_np(pthread_self(), name, sizeof(name)), 0);
	CHECK(!strcmp(name, "by-number"));
	return argument;
}

int main(void)
{
	char name[16], before[16];
	pthread_t thread;

	CHECK_INT(prctl(PR_GET_NAME, before), 0);
	CHECK_INT(pthread_barrier_init(&barrier, NULL, 2), 0);
	thread = start(named, NULL);
	pthread_barrier_wait(&barrier);
	CHECK_INT(pthread_getname_np(thread, name, sizeof(name)), 0);
	CHECK(!strcmp(name, "a-name-much-too"));
	CHECK_INT(pthread_getname_np(thread, name, 15), ERANGE);
	CHECK_INT(pthread_setname_np(thread, "sixteen-letters!"), ERANGE);
	CHECK_INT(pthread_setname_np(thread, "other"), 0);
	pthread_barrier_wait(&barrier);
	join(thread);
	CHECK_INT(prctl(PR_GET_NAME, name), 0);
	CHECK(!strcmp(name, before));
	ok("names");
	return 0;
}
