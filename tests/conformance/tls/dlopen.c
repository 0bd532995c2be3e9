// LIBS: -ldl
/*
 * dlopen(3) of a library with thread-local variables, after threads exist:
 * each thread, older or newer, has its own, initialised; then dlclose, and
 * once more. (The library is this program's own code, compiled on the spot.)
 */
#include "lib.h"
#include <dlfcn.h>

#define THREADS 50

static int *(*variable)(void);
static pthread_barrier_t opened, used, closed;

static void use(int n)
{
	int *mine = variable();

	CHECK_INT(*mine, 31);
	*mine = n;
	sleep_ms(n % 5);
	CHECK(variable() == mine);
	CHECK_INT(*mine, n);
}

static void *older(void *argument)
{
	for (int i = 0; i < 3; i++) {
		pthread_barrier_wait(&opened);
		use((int)(intptr_t)argument);
		pthread_barrier_wait(&used);
		pthread_barrier_wait(&closed);
	}
	return NULL;
}

static void *newer(void *argument)
{
	use((int)(intptr_t)argument);
	return NULL;
}

int main(void)
{
	char dir[] = "/tmp/conformance.XXXXXX", command[512], path[64];
	pthread_t threads[THREADS], others[THREADS];

	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/lib.so", dir);
	snprintf(command, sizeof(command),
		 "echo '__thread char pad[5000]; __thread int v = 31; "
		 "int *variable(void) { return &v; }' | "
		 "cc -x c -fPIC -shared -o %s -",
		 path);
	CHECK_INT(system(command), 0);
	CHECK_INT(pthread_barrier_init(&opened, NULL, THREADS + 1), 0);
	CHECK_INT(pthread_barrier_init(&used, NULL, THREADS + 1), 0);
	CHECK_INT(pthread_barrier_init(&closed, NULL, THREADS + 1), 0);
	for (int i = 0; i < THREADS; i++)
		threads[i] = start(older, (void *)(intptr_t)i);
	for (int i = 0; i < 3; i++) {
		void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

		CHECK(library != NULL);
		variable = (int *(*)(void))dlsym(library, "variable");
		CHECK(variable != NULL);
		pthread_barrier_wait(&opened);
		for (int j = 0; j < THREADS; j++)
			others[j] = start(newer, (void *)(intptr_t)j);
		use(1000);
		for (int j = 0; j < THREADS; j++)
			join(others[j]);
		pthread_barrier_wait(&used);
		CHECK_INT(dlclose(library), 0);
		pthread_barrier_wait(&closed);
	}
	for (int i = 0; i < THREADS; i++)
		join(threads[i]);
	unlink(path);
	rmdir(dir);
	ok("three times");
	return 0;
}
