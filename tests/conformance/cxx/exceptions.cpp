/*
 * C++ [except]: exceptions thrown and caught in threads that switch while one
 * is in flight: std::current_exception and uncaught_exceptions are the
 * thread's own; destructors run; pthread_exit unwinds frames, and a catch
 * (...) that rethrows cannot swallow it.
 */
#include "lib.h"
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct waits_in_destructor {
	int expected;
	~waits_in_destructor()
	{
		usleep(50);
		CHECK_INT(std::uncaught_exceptions(), expected);
	}
};

static void descend(int depth, int n)
{
	waits_in_destructor guard{ 1 };

	if (depth == 0)
		throw std::runtime_error("from " + std::to_string(n));
	descend(depth - 1, n);
}

static void thread(int n)
{
	for (int i = 0; i < 10; i++) {
		std::string want = "from " + std::to_string(n * 100 + i);

		try {
			descend(5, n * 100 + i);
			FAIL("not thrown");
		} catch (const std::exception &error) {
			std::this_thread::yield();
			usleep(20);
			CHECK(want == error.what());
			try {
				descend(2, -1);
			} catch (...) {
				usleep(20);
			}
			try {
				std::rethrow_exception(
					std::current_exception());
			} catch (const std::runtime_error &again) {
				CHECK(want == again.what());
			}
		}
		CHECK_INT(std::uncaught_exceptions(), 0);
		CHECK(std::current_exception() == nullptr);
	}
}

static int unwound;

struct counts {
	~counts()
	{
		__atomic_add_fetch(&unwound, 1, __ATOMIC_SEQ_CST);
	}
};

static void *exits(void *)
{
	counts first;

	try {
		counts second;
		pthread_exit((void *)4);
	} catch (...) {
		__atomic_add_fetch(&unwound, 100, __ATOMIC_SEQ_CST);
		throw;
	}
}

int main()
{
	std::vector<std::thread> threads;

	for (int i = 0; i < 100; i++)
		threads.emplace_back(thread, i);
	for (auto &one : threads)
		one.join();
	thread(1000);
	ok("each its own exceptions");
	CHECK_INT((intptr_t)join(start(exits, nullptr)), 4);
	CHECK_INT(unwound, 102);
	ok("pthread_exit unwinds");
	return 0;
}
