// LIBS: -ldl
/*
 * dlopen(3) of a library whose thread-local variables lie in static TLS
 * (initial-exec), after hundreds of threads exist: each thread, older, newer,
 * or on the memory of one that exited, sees them initialised. So does the
 * library's constructor, and a thread that it creates. Then dlclose, and once
 * more.
 */
#include "library.h"

#define OLDER 200
#define NEWER 50

static const char source[] =
	"#include <pthread.h>\n"
	"#include <stdlib.h>\n"
	"static __thread int v = 31; static __thread char pad[100];\n"
	"static __thread int *at = &(int){0};\n"
	"int *variable(void) { return &v; }\n"
	"char *zeros(void) { return pad; }\n"
	"static void *other(void *a)\n"
	"{ if (v != 31 || pad[50]) abort(); v = 7; pad[50] = 7; return a; }\n"
	"__attribute__((constructor)) static void made(void)\n"
	"{ pthread_t t; if (v != 31 || pad[50]) abort(); v = 32;\n"
	"  if (pthread_create(&t, 0, other, 0) || pthread_join(t, 0)) abort();\n"
	"  if (v != 32) abort(); }\n";

static int *(*variable)(void);
static char *(*zeros)(void);
static pthread_barrier_t opened, used;

static void use(int want, int n)
{
	int *mine = variable();

	CHECK_INT(*mine, want);
	CHECK_INT(zeros()[50], 0);
	*mine = n;
	zeros()[50] = (char)n;
	sleep_ms(n % 5);
	CHECK(variable() == mine);
	CHECK_INT(*mine, n);
	CHECK_INT(zeros()[50], (char)n);
}

static void *older(void *argument)
{
	for (int i = 0; i < 3; i++) {
		pthread_barrier_wait(&opened);
		use(31, (int)(intptr_t)argument);
		pthread_barrier_wait(&used);
	}
	return NULL;
}

static void *newer(void *argument)
{
	use(31, (int)(intptr_t)argument);
	return NULL;
}

static void new_ones(void)
{
	pthread_t threads[NEWER];

	for (int i = 0; i < NEWER; i++)
		threads[i] = start_small(newer, (void *)(intptr_t)i);
	for (int i = 0; i < NEWER; i++)
		join(threads[i]);
}

int main(void)
{
	pthread_t threads[OLDER];

	library_make(source, "-ftls-model=initial-exec");
	CHECK_INT(pthread_barrier_init(&opened, NULL, OLDER + 1), 0);
	CHECK_INT(pthread_barrier_init(&used, NULL, OLDER + 1), 0);
	for (int i = 0; i < OLDER; i++)
		threads[i] = start_small(older, (void *)(intptr_t)i);
	for (int i = 0; i < 3; i++) {
		void *library = library_open();

		variable = (int *(*)(void))library_symbol(library, "variable");
		zeros = (char *(*)(void))library_symbol(library, "zeros");
		pthread_barrier_wait(&opened);
		new_ones();
		new_ones();
		use(32, 1000);
		pthread_barrier_wait(&used);
		CHECK_INT(dlclose(library), 0);
	}
	for (int i = 0; i < OLDER; i++)
		join(threads[i]);
	library_remove();
	ok("three times");
	return 0;
}
