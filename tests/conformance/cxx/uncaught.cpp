// EXPECT-SIGNAL: ABRT
/*
 * C++ [except.terminate]: an exception that leaves a thread's function calls
 * std::terminate, in that thread, and by default ends the process by SIGABRT.
 */
#include "lib.h"
#include <exception>
#include <stdexcept>
#include <thread>

int main()
{
	std::set_terminate([] {
		ok("terminate");
		abort();
	});
	std::thread([] {
		usleep(1000);
		throw std::runtime_error("nobody catches this");
	}).join();
	return 0;
}
