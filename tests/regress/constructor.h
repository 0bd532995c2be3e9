/*
 * A program and a library that it needs, made on the spot: the dynamic linker
 * runs the library's constructor before those of preloaded libraries.
 * run_with_library(): compile both, run the program with these variables, return
 * its exit status.
 */
#include "lib.h"
#include <sys/wait.h>

static char made_dir[] = "/tmp/regress.XXXXXX";

static void made_file(char *path, size_t size, const char *name,
		      const char *text)
{
	FILE *file;

	snprintf(path, size, "%s/%s", made_dir, name);
	file = fopen(path, "w");
	CHECK(file != NULL);
	fputs(text, file);
	CHECK_INT(fclose(file), 0);
}

static int run_with_library(const char *library, const char *program,
			    const char *variables)
{
	char one[64], two[64], command[512];
	int status;

	CHECK(mkdtemp(made_dir) != NULL);
	made_file(one, sizeof(one), "library.c", library);
	made_file(two, sizeof(two), "program.c", program);
	snprintf(command, sizeof(command),
		 "cd %s && cc -O1 -w -D_GNU_SOURCE -fPIC -shared -pthread "
		 "-o libmade.so library.c && cc -O1 -w -D_GNU_SOURCE -pthread "
		 "-o program program.c -L. -lmade -Wl,-rpath,%s "
		 "-Wl,--no-as-needed",
		 made_dir, made_dir);
	CHECK_INT(system(command), 0);
	fflush(stdout);
	snprintf(command, sizeof(command), "%s %s/program", variables,
		 made_dir);
	status = system(command);
	snprintf(command, sizeof(command), "rm -r %s", made_dir);
	CHECK_INT(system(command), 0);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}
