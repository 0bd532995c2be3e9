/*
 * C++ iostreams, strings, containers and std::locale in threads that switch
 * often: an echo over file streams on pipes, numbers formatted and parsed.
 */
#include "lib.h"
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

static void talk(int n)
{
	int to[2], from[2];

	CHECK_INT(pipe(to), 0);
	CHECK_INT(pipe(from), 0);
	std::thread echo([&] {
		std::ifstream in("/proc/self/fd/" + std::to_string(to[0]));
		std::ofstream out("/proc/self/fd/" + std::to_string(from[1]));
		std::string line;

		while (std::getline(in, line))
			out << line << std::endl;
	});
	{
		std::ofstream out("/proc/self/fd/" + std::to_string(to[1]));
		std::ifstream in("/proc/self/fd/" + std::to_string(from[0]));
		std::map<int, std::string> sent;

		for (int i = 0; i < 50; i++) {
			std::ostringstream text;
			std::string line;

			text << n << ' ' << i << ' ' << i * 1.5;
			sent[i] = text.str();
			out << sent[i] << std::endl;
			CHECK((bool)std::getline(in, line));
			CHECK(line == sent[i]);
			std::istringstream parse(line);
			int a, b;
			double c;
			parse >> a >> b >> c;
			CHECK(a == n && b == i && c == i * 1.5);
		}
		close(to[1]);
	}
	echo.join();
	close(to[0]);
	close(from[0]);
	close(from[1]);
}

int main()
{
	std::vector<std::thread> threads;

	for (int i = 0; i < 20; i++)
		threads.emplace_back(talk, i);
	for (auto &thread : threads)
		thread.join();
	talk(77);
	std::cout << "ok streams" << std::endl;
	return 0;
}
