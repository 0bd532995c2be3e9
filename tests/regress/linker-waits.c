// LIBS: -ldl
/*
 * A thread waits inside dlopen before there are spare kernel threads. Its hub
 * once could not continue without it, as no kernel thread can be created while
 * dlopen holds the linker's locks.
 */
#include "lib.h"
#include <dlfcn.h>
#include <sys/stat.h>

static char directory[] = "/tmp/regress.XXXXXX", library[64];

static void *loads(void *argument)
{
	(void)argument;
	return dlopen(library, RTLD_NOW);
}

int main(void)
{
	pthread_t loader;
	int fd;

	CHECK(mkdtemp(directory) != NULL);
	snprintf(library, sizeof(library), "%s/library.so", directory);
	CHECK_INT(mkfifo(library, 0600), 0);
	loader = start(loads, NULL);
	settle();
	fd = open(library, O_WRONLY);
	CHECK(fd >= 0);
	close(fd);
	CHECK(join(loader) == NULL);
	unlink(library);
	rmdir(directory);
	ok("loaded no library");
	return 0;
}
