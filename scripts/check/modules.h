/*
 * modules.h - a program and the libraries that the loader puts beside it.
 */
#ifndef CHECK_MODULES_H
#define CHECK_MODULES_H

#include <sys/types.h>

#include "elf_file.h"
#include "rawcalls.h"

/* How a wait in a function of libc is dealt with. */
enum way {
	WAY_NONE,  /* nothing waits */
	WAY_PARK,  /* the symbol door, and the hub waits */
	WAY_HOP,   /* the symbol door, and a kernel thread of the pool waits */
	WAY_DOOR,  /* it waits inside libc, where the libc door is */
	WAY_BRIEF, /* in place: the file system's own data, or the like */
	WAY_HANDOFF, /* in place, and it may take long: the hub is handed on */
	WAYS,	     /* how many there are */
};

/* A function that a module imports from libc. */
struct import {
	const char *name; /* in the file's own string table */
	enum way way;
	const char *why; /* for what the shim leaves alone, or NULL */
};

struct module {
	char *name;		     /* as it is asked for */
	const struct module *parent; /* who asks for it; NULL: the program */
	const char *problem;	     /* why it is of no use, or NULL */
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

/* Find the program's libraries, and those of the library to preload, as the
 * loader would.  NULL, or what is wrong with the program itself. */
const char *modules_load(struct modules *all, const char *program,
			 const char *shim);
void modules_free(struct modules *all);

/* The shim's own module, or NULL. */
struct module *modules_shim(const struct modules *all);

/* libc.so.6 as the program gets it, or NULL. */
struct module *modules_libc(const struct modules *all);

/* What a report calls it: the file, or the name of what was not found. */
const char *module_label(const struct module *m);

/* Find where the loader would find the library that m needs under this name,
 * and open it.  NULL, or why there is none. (search.c) */
const char *search_library(struct modules *all, const struct module *m,
			   const char *name, struct elf *out);

/* The functions that may wait among what m imports. (imports.c) */
void imports_find(struct module *m);

/* The names among symbols.def's that the program itself defines, and that so
 * never reach the shim.  To be freed. (imports.c) */
char **imports_defined(const struct module *program, size_t *count);

#endif
