/*
 * C++ [thread]: std::thread, jthread and stop tokens, mutexes of all kinds,
 * condition variables, async and futures, latch, barrier, semaphores, atomic
 * wait: everything that the library builds on pthreads and futexes.
 */
#include "lib.h"
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <numeric>
#include <queue>
#include <semaphore>
#include <shared_mutex>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static void queue_of_threads()
{
	std::mutex mutex;
	std::condition_variable changed;
	std::queue<int> queue;
	std::vector<std::thread> threads;
	long sum = 0;
	bool closed = false;

	for (int i = 0; i < 50; i++)
		threads.emplace_back([&] {
			std::unique_lock lock(mutex);
			for (;;) {
				changed.wait(lock, [&] {
					return !queue.empty() || closed;
				});
				if (queue.empty())
					return;
				sum += queue.front();
				queue.pop();
			}
		});
	std::this_thread::sleep_for(20ms);
	check_kernel_threads_at_most(FEW_KERNEL_THREADS);
	for (int i = 1; i <= 5000; i++) {
		std::lock_guard lock(mutex);
		queue.push(i);
		changed.notify_one();
	}
	{
		std::lock_guard lock(mutex);
		closed = true;
	}
	changed.notify_all();
	for (auto &thread : threads)
		thread.join();
	CHECK_INT(sum, 5000 * 5001 / 2);
	ok("a queue");
}

static void timed()
{
	std::timed_mutex mutex;
	std::recursive_timed_mutex recursive;
	std::shared_timed_mutex shared;
	std::condition_variable_any any;
	std::mutex plain;

	mutex.lock();
	shared.lock_shared();
	recursive.lock();
	CHECK(recursive.try_lock_for(1ms));
	std::thread([&] {
		auto before = std::chrono::steady_clock::now();
		CHECK(!mutex.try_lock_for(30ms));
		CHECK(!mutex.try_lock_until(std::chrono::system_clock::now() +
					    10ms));
		CHECK(!recursive.try_lock_for(10ms));
		CHECK(shared.try_lock_shared_for(10ms));
		shared.unlock_shared();
		CHECK(!shared.try_lock_for(10ms));
		CHECK(std::chrono::steady_clock::now() - before >= 60ms);
		std::unique_lock lock(plain);
		CHECK(any.wait_for(lock, 10ms) == std::cv_status::timeout);
	}).join();
	recursive.unlock();
	recursive.unlock();
	shared.unlock_shared();
	mutex.unlock();
	ok("timed locks");
}

static int fibonacci(int n)
{
	if (n < 2)
		return n;
	auto left = std::async(std::launch::async, fibonacci, n - 1);
	return fibonacci(n - 2) + left.get();
}

static void futures()
{
	CHECK_INT(fibonacci(12), 144);
	auto failing = std::async(std::launch::async, []() -> int {
		std::this_thread::sleep_for(5ms);
		throw std::runtime_error("carried over");
	});
	try {
		failing.get();
		FAIL("no exception");
	} catch (const std::runtime_error &error) {
		CHECK(std::string(error.what()) == "carried over");
	}
	std::promise<int> promise;
	auto future = promise.get_future();
	CHECK(future.wait_for(10ms) == std::future_status::timeout);
	std::thread([&] { promise.set_value(6); }).join();
	CHECK_INT(future.get(), 6);
	ok("futures");
}

static void futex_built()
{
	constexpr int count = 40;
	std::latch latch(count);
	std::counting_semaphore<10> semaphore(3);
	std::atomic<int> turn = 0, inside = 0, most = 0, phases = 0;
	std::barrier barrier(count, [&]() noexcept { phases++; });
	std::vector<std::jthread> threads;

	for (int i = 0; i < count; i++)
		threads.emplace_back([&, i] {
			latch.arrive_and_wait();
			semaphore.acquire();
			int now = ++inside;
			int old = most;
			while (now > old &&
			       !most.compare_exchange_weak(old, now))
				;
			std::this_thread::sleep_for(1ms);
			inside--;
			semaphore.release();
			for (int seen = turn; seen != i; seen = turn)
				turn.wait(seen);
			turn++;
			turn.notify_all();
			for (int j = 0; j < 10; j++)
				barrier.arrive_and_wait();
		});
	threads.clear();
	CHECK(most <= 3 && most >= 1);
	CHECK_INT(turn, count);
	CHECK_INT(phases, 10);
	CHECK(!std::binary_semaphore(0).try_acquire_for(20ms));
	ok("latch, semaphore, barrier, atomic wait");
}

static void stop_tokens()
{
	std::mutex mutex;
	std::condition_variable_any changed;
	std::atomic<bool> stopped = false;

	{
		std::jthread thread([&](std::stop_token token) {
			std::unique_lock lock(mutex);
			changed.wait(lock, token, [] { return false; });
			CHECK(token.stop_requested());
			stopped = true;
		});
		std::this_thread::sleep_for(10ms);
	}
	CHECK(stopped);
	ok("stop tokens");
}

static void all()
{
	queue_of_threads();
	timed();
	futures();
	futex_built();
	stop_tokens();
}

int main()
{
	std::thread(all).join();
	all();
	std::thread detached([] { std::this_thread::sleep_for(1h); });
	CHECK(detached.get_id() != std::this_thread::get_id());
	detached.detach();
	return 0;
}
