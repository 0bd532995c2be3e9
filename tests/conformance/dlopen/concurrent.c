// LIBS: -ldl
/*
 * dlopen, dlsym, dlclose, dladdr and dl_iterate_phdr from many threads at
 * once, of a library whose constructor sleeps: threads that do not need the
 * library are not delayed, and all others see it initialised.
 */
#include "library.h"
#include <link.h>

#define THREADS 40

static const char source[] =
	"#include <time.h>\n"
	"int made; static __thread int mine = 5;\n"
	"int *own(void) { return &mine; }\n"
	"__attribute__((constructor)) static void make(void)\n"
	"{ struct timespec t = { 0, 40000000 }; nanosleep(&t, 0); made = 1; }\n";

static int loops, stop;

static int count(struct dl_phdr_info *info, size_t size, void *argument)
{
	(void)info;
	(void)size;
	++*(int *)argument;
	sched_yield();
	return 0;
}

static void *opens(void *argument)
{
	for (int i = 0; i < 3; i++) {
		void *library = library_open();
		int *(*own)(void) = (int *(*)(void))library_symbol(library,
								   "own");

		CHECK_INT(*(int *)library_symbol(library, "made"), 1);
		CHECK_INT(*own(), 5);
		CHECK_INT(dlclose(library), 0);
	}
	return argument;
}

static void *looks(void *argument)
{
	for (int i = 0; i < 5; i++) {
		Dl_info info;
		int n = 0;

		dl_iterate_phdr(count, &n);
		CHECK(n > 1);
		CHECK(dladdr((void *)looks, &info) != 0);
		CHECK(dlsym(RTLD_DEFAULT, "printf") != NULL);
		sleep_ms(1);
	}
	return argument;
}

/* Does not need the dynamic linker. */
static void *runs(void *argument)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		loops++;
		sleep_ms(1);
	}
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS], runner;
	int before;

	library_make(source, "");
	runner = start(runs, NULL);
	sleep_ms(5);
	before = loops;
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(i % 2 ? opens : looks, NULL);
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	CHECK(loops > before + 5);
	stop = 1;
	join(runner);
	library_remove();
	ok("all of them");
	return 0;
}
