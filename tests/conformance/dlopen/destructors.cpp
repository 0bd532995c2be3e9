// LIBS: -ldl
/*
 * C++ thread_local objects of a library that is closed while threads have
 * them: the library stays loaded until the last of their destructors has run.
 */
#include "library.h"
#include <atomic>

#define THREADS 20

static const char source[] =
	"#include <atomic>\n"
	"struct object { int n = 3; std::atomic<int> *gone = nullptr;\n"
	"  ~object() { if (gone && n == 4) ++*gone; } };\n"
	"static thread_local object mine;\n"
	"extern \"C\" int touch(std::atomic<int> *gone)\n"
	"{ mine.gone = gone; return mine.n++; }\n";

static std::atomic<int> *gone;
static int (*touch)(std::atomic<int> *);
static pthread_barrier_t touched, closed;

static void *work(void *argument)
{
	CHECK_INT(touch(gone), 3);
	pthread_barrier_wait(&touched);
	pthread_barrier_wait(&closed);
	return argument;
}

int main()
{
	pthread_t threads[THREADS];
	std::atomic<int> count{ 0 };
	void *library;

	gone = &count;
	library_make(source, "-x c++ -Wl,--no-as-needed -lstdc++");
	pthread_barrier_init(&touched, nullptr, THREADS + 1);
	pthread_barrier_init(&closed, nullptr, THREADS + 1);
	for (int i = 0; i < 3; i++) {
		count = 0;
		library = library_open();
		touch = (int (*)(std::atomic<int> *))library_symbol(library,
								    "touch");
		for (pthread_t &thread : threads)
			thread = start(work, nullptr);
		pthread_barrier_wait(&touched);
		CHECK_INT(dlclose(library), 0);
		CHECK_INT(count, 0);
		pthread_barrier_wait(&closed);
		for (pthread_t &thread : threads)
			join(thread);
		CHECK_INT(count, THREADS);
	}
	library_remove();
	ok("all destroyed");
	return 0;
}
