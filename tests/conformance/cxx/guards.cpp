/*
 * C++ [stmt.dcl]: a local static is initialised once, although 100 threads
 * reach it at once and the initialisation waits; when it throws, the next
 * thread tries again; one static inside another's initialisation.
 * std::call_once likewise.
 */
#include "lib.h"
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

static std::atomic<int> made, tries, once_tries, begun;

struct slow {
	int value;
	explicit slow(int v) : value(v)
	{
		usleep(30000);
		made++;
	}
};

static int inner()
{
	static slow object(5);
	return object.value;
}

static int outer()
{
	static slow object(inner() * 2);
	return object.value;
}

static int failing()
{
	static int value = [] {
		usleep(2000);
		if (++tries < 5)
			throw std::runtime_error("not yet");
		return 66;
	}();
	return value;
}

int main()
{
	std::vector<std::thread> threads;
	std::once_flag flag;
	std::atomic<int> failures = 0;

	for (int i = 0; i < 100; i++)
		threads.emplace_back([&] {
			begun++;
			CHECK_INT(outer(), 10);
			for (;;) {
				try {
					CHECK_INT(failing(), 66);
					break;
				} catch (const std::runtime_error &) {
					failures++;
				}
			}
			std::call_once(flag, [] {
				usleep(20000);
				once_tries++;
			});
			CHECK_INT(once_tries, 1);
		});
	while (begun < 100)
		usleep(1000);
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (auto &thread : threads)
		thread.join();
	CHECK_INT(made, 2);
	CHECK_INT(failures, 4);
	CHECK_INT(once_tries, 1);
	ok("made once");
	return 0;
}
