/*
 * glibc: when the main thread leaves by pthread_exit, exit destroys its
 * thread_local objects if it is the last thread, and nothing does otherwise.
 * The destructors of its keys run in either case.
 */
#include "lib.h"

struct Noisy {
	~Noisy() { ok("the object's destructor"); }
	void touch() { here = this; }
	Noisy *volatile here;
};

static thread_local Noisy noisy;
static pthread_key_t key;

static void key_destroyed(void *)
{
	ok("the key's destructor");
}

static void at_end()
{
	ok("atexit");
}

static void *outlives(void *)
{
	sleep_ms(50);
	ok("the other thread");
	return nullptr;
}

static void leave(bool first)
{
	pid_t pid = fork();

	if (pid == 0) {
		pthread_t other = start(outlives, nullptr);

		atexit(at_end);
		noisy.touch();
		pthread_setspecific(key, &key);
		if (!first)
			join(other);
		pthread_exit(nullptr);
	}
	CHECK_INT(wait_for(pid), 0);
}

int main()
{
	CHECK_INT(pthread_key_create(&key, key_destroyed), 0);
	printf("leaves first:\n");
	fflush(stdout);
	leave(true);
	printf("leaves last:\n");
	fflush(stdout);
	leave(false);
	return 0;
}
