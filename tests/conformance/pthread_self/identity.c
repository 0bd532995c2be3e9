/*
 * pthread_self, pthread_equal, gettid, pthread_setname_np: distinct among 300
 * threads that live at once, the same before and after waiting; main's gettid
 * is getpid; names kept per thread, ERANGE for long ones.
 */
#include "lib.h"

#define THREADS 300

static pthread_t ids[THREADS];
static pid_t tids[THREADS];
static pthread_barrier_t barrier;

static void *thread(void *argument)
{
	int n = (int)(intptr_t)argument;
	char name[16], got[16];

	ids[n] = pthread_self();
	tids[n] = gettid();
	CHECK(tids[n] > 0);
	CHECK_INT(syscall(SYS_gettid), tids[n]);
	CHECK_INT(getpid(), syscall(SYS_getpid));
	snprintf(name, sizeof(name), "thread-%d", n);
	CHECK_INT(pthread_setname_np(pthread_self(), name), 0);
	pthread_barrier_wait(&barrier);
	sleep_ms(n % 20);
	pthread_barrier_wait(&barrier);
	CHECK(pthread_equal(ids[n], pthread_self()));
	CHECK_INT(gettid(), tids[n]);
	CHECK_INT(syscall(SYS_gettid), tids[n]);
	CHECK_INT(pthread_getname_np(pthread_self(), got, sizeof(got)), 0);
	CHECK(strcmp(name, got) == 0);
	CHECK_INT(pthread_getname_np(ids[(n + 1) % THREADS], got, 16), 0);
	snprintf(name, sizeof(name), "thread-%d", (n + 1) % THREADS);
	CHECK(strcmp(name, got) == 0);
	pthread_barrier_wait(&barrier);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	char name[16];

	CHECK_INT(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(thread, (void *)(intptr_t)i);
	for (int i = 0; i < THREADS; i++) {
		join(threads[i]);
		CHECK(pthread_equal(threads[i], ids[i]));
		for (int j = 0; j < i; j++) {
			CHECK(!pthread_equal(ids[i], ids[j]));
			CHECK(tids[i] != tids[j]);
		}
		CHECK(!pthread_equal(ids[i], pthread_self()));
	}
	CHECK_INT(gettid(), getpid());
	ok("distinct");
	CHECK_INT(pthread_setname_np(pthread_self(), "0123456789abcdef"),
		  ERANGE);
	CHECK_INT(pthread_setname_np(pthread_self(), "main-thread"), 0);
	CHECK_INT(pthread_getname_np(pthread_self(), name, 5), ERANGE);
	CHECK_INT(pthread_getname_np(pthread_self(), name, 16), 0);
	CHECK(strcmp(name, "main-thread") == 0);
	ok("names");
	return 0;
}
