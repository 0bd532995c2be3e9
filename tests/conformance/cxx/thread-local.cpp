/*
 * C++ [basic.stc.thread]: thread_local objects are constructed on first use in
 * each thread and destroyed when it exits, in reverse order, after a return
 * and after pthread_exit, before the key destructors; main's when main
 * returns.
 */
#include "lib.h"
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

static std::atomic<int> made, destroyed, wrong;

struct counted {
	pthread_t owner = pthread_self();
	std::string text = "as made, and too long to be kept inside";
	bool inner;

	explicit counted(bool is_inner) : inner(is_inner)
	{
		made++;
	}
	~counted()
	{
		/*
		 * The constructor waits, and another thread may run meanwhile.
		 */
		usleep(100);
		if (!pthread_equal(owner, pthread_self()))
			wrong++;
		destroyed++;
	}
};

static thread_local counted outer_object(false);
static thread_local counted inner_object(true);
static thread_local std::vector<std::string> strings;
static thread_local int computed = made.load() >= 0 ? 17 : 0;
static pthread_key_t key;

static void key_destructor(void *value)
{
	(void)value;
	/* glibc runs the thread_local destructors first. */
	if (made - destroyed < 0)
		wrong++;
}

static void use(int n)
{
	CHECK_INT(computed, 17);
	CHECK(outer_object.text == "as made, and too long to be kept inside");
	CHECK(!outer_object.inner && inner_object.inner);
	for (int i = 0; i < 10; i++) {
		strings.push_back("number " + std::to_string(n * i) +
				  " with some length to it");
		if (i % 3 == 0)
			std::this_thread::yield();
	}
	usleep(500);
	for (int i = 0; i < 10; i++)
		CHECK(strings[i] == "number " + std::to_string(n * i) +
					    " with some length to it");
	CHECK_INT(strings.size(), 10);
	outer_object.text = "changed";
	pthread_setspecific(key, &key);
}

static void *exits(void *argument)
{
	use((int)(intptr_t)argument);
	pthread_exit(nullptr);
}

int main()
{
	CHECK_INT(pthread_key_create(&key, key_destructor), 0);
	for (int round = 0; round < 3; round++) {
		std::vector<std::thread> threads;
		std::vector<pthread_t> exiting;

		for (int i = 0; i < 100; i++)
			threads.emplace_back(use, i);
		for (int i = 0; i < 100; i++)
			exiting.push_back(start(exits, (void *)(intptr_t)i));
		for (auto &thread : threads)
			thread.join();
		for (auto thread : exiting)
			join(thread);
	}
	CHECK_INT(made, 1200);
	CHECK_INT(destroyed, 1200);
	CHECK_INT(wrong, 0);
	ok("in threads");
	use(1);
	CHECK_INT(made, 1202);
	ok("in main");
	return 0;
}
