/*
 * Cancellation and pthread_exit unwind the stack: destructors run, catch (...)
 * sees the unwinding and rethrows it, through deep frames and out of waits;
 * meanwhile other threads throw and catch exceptions.
 */
#include "lib.h"
#include <cxxabi.h>
#include <stdexcept>

static int destroyed, seen, fds[2];

struct Guard {
	~Guard()
	{
		__atomic_add_fetch(&destroyed, 1, __ATOMIC_SEQ_CST);
	}
};

static void deep(int n, bool leave)
{
	Guard guard;
	char byte;

	if (n > 0) {
		deep(n - 1, leave);
		return;
	}
	try {
		throw std::runtime_error("inside");
	} catch (const std::exception &) {
		__atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
	}
	if (leave)
		pthread_exit((void *)5);
	CHECK(read(fds[0], &byte, 1) == 99);
}

static void *thread(void *argument)
{
	try {
		deep(10, argument != nullptr);
	} catch (abi::__forced_unwind &) {
		__atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
		throw;
	}
	return nullptr;
}

int main()
{
	pthread_t threads[40];

	CHECK_INT(pipe(fds), 0);
	for (int i = 0; i < 40; i++)
		threads[i] = start(thread, i % 2 ? (void *)1 : nullptr);
	settle();
	for (int i = 0; i < 40; i += 2)
		CHECK_INT(pthread_cancel(threads[i]), 0);
	for (int i = 0; i < 40; i++)
		CHECK(join(threads[i]) ==
		      (i % 2 ? (void *)5 : PTHREAD_CANCELED));
	CHECK_INT(destroyed, 40 * 11);
	CHECK_INT(seen, 80);
	ok("unwound");
	return 0;
}
