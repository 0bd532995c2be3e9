/*
 * codemap.h - which file's code an address lies in; private to dump.c.
 */
#ifndef GREEN_CODEMAP_H
#define GREEN_CODEMAP_H

#include "fiber/layout.h"

struct module_code {
	uintptr_t low, high; /* executable mapping */
	uintptr_t base;	     /* what addresses in the file count from */
	const char *path;    /* inside the map's memory */
	bool internal;	     /* ours, libc's or ld.so's */
};

struct codemap {
	struct module_code *modules;
	int count;
	char *paths;
	size_t paths_used;
	void *memory;
};

/* Read /proc/self/maps.  -ENOMEM, or -errno of opening it. */
int codemap_read(struct codemap *m);
void codemap_free(struct codemap *m);
/* The module, NULL: no code. */
const struct module_code *codemap_find(const struct codemap *m, uintptr_t pc);

/*
 * Where the program waits: return addresses in its own code or in libraries
 * other than libc, found by looking through the parked fiber's stack from sp
 * upwards.  Only words that follow a call instruction count; still, a stale
 * one may be among them, so they are hints.  Returns how many, at most max.
 */
int codemap_callers(const struct codemap *m, struct fiber *f, uintptr_t *pcs,
		    int max);

/* Copy n bytes of the program's memory; false: not all is there. */
bool peek_memory(void *to, const void *from, size_t n);

#endif
