// LIBS: -ldl
/*
 * In the child of a fork from a thread: dlopen of a library with initial-exec
 * thread-local variables, its threads, setting the user; the forking thread
 * may exit earlier.
 */
#include "library.h"

static const char source[] = "static __thread int v = 31;\n"
			     "int *variable(void) { return &v; }\n";

static void *use(void *argument)
{
	int *(*variable)(void) = (int *(*)(void))argument;

	CHECK_INT(*variable(), 31);
	*variable() = 1;
	return NULL;
}

static void *rest(void *forker)
{
	pthread_t threads[20];
	void *library, *variable;

	join(*(pthread_t *)forker);
	for (int i = 0; i < 20; i++)
		threads[i] = start(nothing_, NULL);
	for (int i = 0; i < 20; i++)
		join(threads[i]);
	CHECK_INT(setuid(getuid()), 0);
	library = library_open();
	variable = library_symbol(library, "variable");
	for (int i = 0; i < 20; i++)
		threads[i] = start(use, variable);
	use(variable);
	for (int i = 0; i < 20; i++)
		join(threads[i]);
	CHECK_INT(dlclose(library), 0);
	ok("in the child");
	_exit(0);
}

static void *forker(void *argument)
{
	static pthread_t self;
	pid_t pid = fork();

	if (pid != 0) {
		CHECK_INT(wait_for(pid), 0);
		return argument;
	}
	self = pthread_self();
	start(rest, &self);
	pthread_exit(NULL);
}

int main(void)
{
	library_make(source, "-ftls-model=initial-exec");
	join(start(forker, NULL));
	library_remove();
	ok("in the parent");
	return 0;
}
