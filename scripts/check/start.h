/*
 * start.h - whether a program can be started with the library preloaded.
 */
#ifndef CHECK_START_H
#define CHECK_START_H

#include <stdbool.h>

struct start {
	const char *program; /* as it was typed */
	bool follow;	     /* are the programs that it executes greened? */

	char *file; /* what execvp(3) takes for it; never begins with "-" */
	char *elf;  /* the ELF program that runs in the end, or NULL */
	/* What has to be executed in place of the file, with the file as its
	 * argument, or NULL.  Without a line break. */
	char *through;
	/* The runtime of a sanitizer, which has to be preloaded in front of all
	 * others, as the program names it; or NULL.  Without a line break. */
	char *runtime;
	char **scripts; /* each: a script, and what runs it */
	int scripts_count;
	char *refused; /* why it cannot be greened, or NULL */
};

/* Set file.  If there is none, that is the end: see fail(). */
void start_find(struct start *s);

/* Set the rest, from file. */
void start_inspect(struct start *s);

/* Is this a library that can be preloaded?  If not, that is the end. */
void start_check_library(const char *library);

/* "none", "setuid", "setgid" or "capabilities". */
const char *start_privileges(const char *file);

/* Write a message and exit with this status. (main.c) */
__attribute__((noreturn, format(printf, 2, 3))) void fail(int status,
							  const char *fmt, ...);

/* greenrun's own exit statuses, as a shell has them. */
#define EXIT_OURS	    125
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND	    127

#endif
