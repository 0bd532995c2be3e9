/*
 * report.h - all that greenrun --check has to say, before it is written.
 */
#ifndef CHECK_REPORT_H
#define CHECK_REPORT_H

#include "features.h"
#include "modules.h"

/* The exit status, too. */
enum result {
	RESULT_GOOD,
	RESULT_LIMITS,
	RESULT_NO,
};

/* A sentence of the report. */
struct finding {
	const char *kind;	 /* for programs: never changes */
	const struct module *in; /* or NULL */
	char *text;
};

struct findings {
	struct finding *list;
	size_t count;
};

struct report {
	/* What start.c found. */
	const char *program; /* as it will be executed */
	const char *file;    /* the ELF program; NULL: none was found */
	const char *library; /* the shim's file */
	char **scripts;	     /* each: a script, and what runs it */
	int scripts_count;
	bool raw;	     /* --raw was asked for */
	const char *refused; /* why it cannot be greened, or NULL */
	const char *runtime; /* a sanitizer's, to be preloaded; or NULL */

	/* What is found here. */
	const char *machine;	/* NULL: not known, or another */
	const char *loader;	/* or NULL */
	const char *privileges; /* none, setuid, setgid or capabilities */
	struct modules modules; /* none if it is refused for the above */
	char libc_version[16];	/* "2.36"; empty: not known */
	struct feature features[FEATURES];
	struct ceilings ceilings;
	struct findings limits, notes;
	enum result result;
	char *reason; /* for RESULT_NO, else NULL */
};

/* Judge: limits, notes, result and reason from all the rest. */
void verdict(struct report *r);

void report_text(const struct report *r);
void report_json(const struct report *r);

/* Does this module belong in the report?  The shim, libc, the loader and what
 * only the shim needs do not. */
bool report_shows(const struct module *m);

/* Why a function that --offload names cannot be called aside, for the caller to
 * free; or NULL. (offload.c) */
char *offload_problem(const struct report *r);

#endif
