// SPDX-License-Identifier: MIT
//
// An echo server of std::thread and std::condition_variable: a reader and a
// writer for each connection, a bounded queue between the two. SIGTERM shuts
// all connections down, joins every thread, and ends with status 0 if as
// many threads ended as were started.
#include <arpa/inet.h>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <queue>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace
{

std::atomic<int> started, ended;
int stop_pipe[2];

// Counts through a thread_local's destructor, which runs at thread exit.
struct Count {
	Count()
	{
		started++;
	}
	~Count()
	{
		ended++;
	}
};
thread_local std::unique_ptr<Count> count;

class Connection
{
      public:
	explicit Connection(int fd)
	    : fd(fd), reader([this] { read_all(); }),
	      writer([this] { write_all(); })
	{
	}

	~Connection()
	{
		shutdown(fd, SHUT_RDWR);
		reader.join();
		writer.join();
		close(fd);
	}

	bool finished() const
	{
		return left == 0;
	}

      private:
	static constexpr size_t limit = 8;

	int fd;
	std::atomic<int> left{ 2 };
	std::mutex lock;
	std::condition_variable more, room;
	std::queue<std::string> queue;
	bool end = false;
	// Last: they use all that stands above.
	std::thread reader, writer;

	void read_all()
	{
		count = std::make_unique<Count>();
		std::string buf(16384, 0);

		for (;;) {
			ssize_t n = recv(fd, &buf[0], buf.size(), 0);
			std::unique_lock<std::mutex> held(lock);

			if (n <= 0)
				break;
			room.wait(held,
				  [this] { return queue.size() < limit; });
			queue.push(buf.substr(0, size_t(n)));
			more.notify_one();
		}
		{
			std::lock_guard<std::mutex> held(lock);
			end = true;
			more.notify_one();
		}
		left--;
	}

	void write_all()
	{
		count = std::make_unique<Count>();
		bool broken = false;

		for (;;) {
			std::unique_lock<std::mutex> held(lock);

			more.wait(held,
				  [this] { return end || !queue.empty(); });
			if (queue.empty())
				break;
			std::string s = std::move(queue.front());
			queue.pop();
			room.notify_one();
			held.unlock();
			for (size_t at = 0; !broken && at < s.size();) {
				ssize_t n = send(fd, &s[at], s.size() - at,
						 MSG_NOSIGNAL);
				if (n <= 0)
					broken = true;
				else
					at += size_t(n);
			}
		}
		shutdown(fd, SHUT_WR);
		left--;
	}
};

void on_term(int)
{
	char c = 0;

	if (write(stop_pipe[1], &c, 1) < 0)
		_exit(9);
}

} // namespace

int main(int argc, char **argv)
{
	std::list<std::unique_ptr<Connection>> all;
	sockaddr_in addr{};
	int on = 1;

	if (argc != 2 || pipe(stop_pipe) < 0)
		return 2;
	signal(SIGTERM, on_term);
	int lfd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	addr.sin_family = AF_INET;
	addr.sin_port = htons(uint16_t(atoi(argv[1])));
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(lfd, (sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(lfd, 1024) < 0) {
		perror("server");
		return 1;
	}
	for (;;) {
		pollfd p[2] = { { lfd, POLLIN, 0 },
				{ stop_pipe[0], POLLIN, 0 } };

		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)
			break;
		int fd = accept(lfd, nullptr, nullptr);
		if (fd < 0)
			continue;
		all.remove_if([](auto &c) { return c->finished(); });
		all.push_back(std::make_unique<Connection>(fd));
	}
	close(lfd);
	all.clear();
	printf("%d threads started, %d ended\n", int(started), int(ended));
	return started == ended ? 0 : 1;
}
