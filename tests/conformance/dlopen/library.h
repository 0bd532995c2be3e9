/*
 * A shared library made on the spot, for the programs of this directory.
 * library_make(): compiled from its source; a path to give to dlopen.
 */
#include "lib.h"
#include <dlfcn.h>

static char library_dir[] = "/tmp/conformance.XXXXXX";
static char library_path[64];

UNUSED static void library_make(const char *source, const char *flags)
{
	char command[256], name[64];
	FILE *file;

	CHECK(mkdtemp(library_dir) != NULL);
	snprintf(name, sizeof(name), "%s/library.c", library_dir);
	snprintf(library_path, sizeof(library_path), "%s/library.so",
		 library_dir);
	file = fopen(name, "w");
	CHECK(file != NULL);
	fputs(source, file);
	CHECK_INT(fclose(file), 0);
	snprintf(command, sizeof(command),
		 "cc -O1 -fPIC -shared -pthread %s -o %s %s", flags,
		 library_path, name);
	CHECK_INT(system(command), 0);
	unlink(name);
}

UNUSED static void library_remove(void)
{
	unlink(library_path);
	rmdir(library_dir);
}

UNUSED static void *library_open(void)
{
	void *library = dlopen(library_path, RTLD_NOW | RTLD_LOCAL);

	if (library == NULL)
		FAIL("dlopen: %s", dlerror());
	return library;
}

UNUSED static void *library_symbol(void *library, const char *name)
{
	void *symbol = dlsym(library, name);

	if (symbol == NULL)
		FAIL("dlsym: %s", dlerror());
	return symbol;
}
