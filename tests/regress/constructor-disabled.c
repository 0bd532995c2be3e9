/*
 * A library's constructor creates a thread before the shim's constructor has
 * run. The configuration holds all the same: disabled, threads are the kernel's,
 * with numbers of the kernel's range.
 */
#include "constructor.h"

static const char library[] =
	"#include <pthread.h>\n"
	"#include <stdio.h>\n"
	"#include <sys/syscall.h>\n"
	"#include <unistd.h>\n"
	"int made_tid;\n"
	"static void *runs(void *a) { made_tid = gettid(); return a; }\n"
	"__attribute__((constructor)) static void early(void)\n"
	"{ pthread_t t; pthread_create(&t, 0, runs, 0); pthread_join(t, 0); }\n";

static const char program[] =
	"#include <stdio.h>\n"
	"extern int made_tid;\n"
	"int main(void)\n"
	"{ printf(\"a number of the kernel's: %s\\n\",\n"
	"  made_tid > 0 && made_tid <= 1 << 22 ? \"yes\" : \"no\");\n"
	"  return 0; }\n";

int main(void)
{
	CHECK_INT(run_with_library(library, program, "GREENSHIM_DISABLE=1"), 0);
	return 0;
}
