#!/bin/sh
# Tests of when libuv is loaded: at the start if the program can make threads,
# else by the first thread.

option=libuv
# shellcheck source=tests/scripts/lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$tmp/mapped.h" <<'END2'
#include <stdio.h>
#include <string.h>

/* Is libuv mapped? */
static const char *mapped(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[4096];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "libuv"))
			return "loaded";
	return "not loaded";
}
END2
cat >"$tmp/module.c" <<'END2'
#include <pthread.h>
#include "mapped.h"

static void *say(void *arg)
{
	puts(mapped());
	return arg;
}

int thread(void)
{
	pthread_t id;

	return pthread_create(&id, NULL, say, NULL) || pthread_join(id, NULL);
}
END2
cat >"$tmp/without.c" <<'END2'
/* No import tells that there will be threads. */
#include <dlfcn.h>
#include "mapped.h"

int main(int argc, char **argv)
{
	void *module;
	int (*thread)(void);

	puts(mapped());
	if (argc < 2)
		return 0;
	module = dlopen(argv[1], RTLD_NOW);
	thread = module ? (int (*)(void))dlsym(module, "thread") : NULL;
	return thread ? thread() : 2;
}
END2
cat >"$tmp/with.c" <<'END2'
#include "mapped.h"

int thread(void);

int main(void)
{
	puts(mapped());
	return thread();
}
END2
if ! cc -shared -fPIC -o "$tmp/module.so" "$tmp/module.c" ||
	! cc -o "$tmp/without" "$tmp/without.c" ||
	! cc -o "$tmp/with" "$tmp/with.c" "$tmp/module.so"; then
	echo 'FAIL scripts/libuv: cannot compile the programs'
	exit 1
fi

check no-threads 0 'not loaded' "$greenrun" "$tmp/without"
check late-thread 0 'greenshim: *fibers-made *1
*not loaded
loaded' "$greenrun" --stats "$tmp/without" "$tmp/module.so"
check library-with-threads 0 'loaded
loaded' "$greenrun" "$tmp/with"
mkdir "$tmp/broken" && echo broken >"$tmp/broken/libuv.so.1"
check broken 125 'greenshim: cannot load libuv: */libuv.so.1*(install it)' \
	env LD_LIBRARY_PATH="$tmp/broken" "$greenrun" "$tmp/with"
check broken-no-threads 0 'not loaded' \
	env LD_LIBRARY_PATH="$tmp/broken" "$greenrun" "$tmp/without"

exit $failed
