// LIBS: -ldl
/*
 * dlerror(3): each thread has its own last error, and a new one has none.
 */
#include "library.h"

static void *fails(void *argument)
{
	CHECK(dlerror() == NULL);
	CHECK(dlopen("/nonexistent/library.so", RTLD_NOW) == NULL);
	return argument;
}

int main(void)
{
	char *text;

	for (int i = 0; i < 50; i++)
		join(start(fails, NULL));
	CHECK(dlerror() == NULL);
	CHECK(dlsym(RTLD_DEFAULT, "no_such_symbol_anywhere") == NULL);
	join(start(fails, NULL));
	text = dlerror();
	CHECK(text != NULL && strstr(text, "no_such_symbol_anywhere"));
	CHECK(dlerror() == NULL);
	ok("errors");
	return 0;
}
