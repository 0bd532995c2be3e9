/*
 * modules.h - a program and the libraries that the loader puts beside it.
 */
#ifndef CHECK_MODULES_H
#define CHECK_MODULES_H

#include <sys/types.h>

#include "elf_file.h"
#include "rawcalls.h"

/* What becomes of a wait in a function of libc. */
enum way {
	WAY_NONE,    /* it never waits */
	WAY_PARK,    /* the shim catches it, and the hub waits */
	WAY_HOP,     /* the shim catches it, and the pool waits */
	WAY_DOOR,    /* the libc door catches the wait inside libc */
	WAY_BRIEF,   /* in place: mostly answered from memory */
	WAY_HANDOFF, /* in place, perhaps for long: the hub is handed off */
	WAYS,	     /* how many there are */
};

/* A function that a module imports from libc. */
struct import {
	const char *name; /* in the file's string table */
	enum way way;
	const char *why; /* why the shim leaves it alone, or NULL */
};

struct module {
	char *name;		     /* as it was asked for */
	const struct module *parent; /* the one that needs it; NULL: program */
	const char *problem;	     /* why it cannot be loaded, or NULL */
	struct elf elf;		     /* empty if there is a problem */
	char *origin;		     /* its directory */
	dev_t device;
	ino_t inode;
	bool ours;	/* the shim, or what only the shim needs */
	bool preloaded; /* LD_PRELOAD names it */
	bool is_libc;	/* libc.so.6 */
	bool is_loader; /* ld.so */

	struct import *imports; /* those that may wait, by name */
	size_t imports_count;
	bool makes_threads, loads_more;
	struct raw_sites raw;
};

struct modules {
	struct module **list; /* the program first */
	size_t count;
	size_t tries; /* files that were looked for */
};

/* Find the libraries of the program and of the shim, as the loader would.
 * Returns NULL, or what is wrong with the program itself. */
const char *modules_load(struct modules *all, const char *program,
			 const char *shim);
void modules_free(struct modules *all);

/* The shim's own module, or NULL. */
struct module *modules_shim(const struct modules *all);

/* libc.so.6 as the program gets it, or NULL. */
struct module *modules_libc(const struct modules *all);

/* What a report calls it: the file, or the name if there is no file. */
const char *module_label(const struct module *m);

/* Find the library that m needs under this name, as the loader would, and open
 * it.  Returns NULL, or why there is none. (search.c) */
const char *search_library(struct modules *all, const struct module *m,
			   const char *name, struct elf *out);

/* Set m's imports: the functions that may wait. (imports.c) */
void imports_find(struct module *m);

/* The names of symbols.def that m itself defines, under which libc's callers
 * find them.  The caller frees the list. (imports.c) */
char **imports_defined(const struct module *m, size_t *count);

/* Does m define malloc(), as allocators and sanitizers do? (imports.c) */
bool imports_allocates(const struct module *m);

#endif
