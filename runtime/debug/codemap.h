/*
 * codemap.h - which file's code an address lies in, for dump.c.  No function
 * here takes a lock or calls malloc.
 */
#ifndef GREEN_CODEMAP_H
#define GREEN_CODEMAP_H

#include "fiber/layout.h"

struct module_code {
	uintptr_t low, high; /* executable mapping, high excluded */
	uintptr_t base;	  /* address that the file's symbols are relative to */
	const char *path; /* inside the map's memory */
	bool internal;	  /* greenshim's, libc's, ld.so's or libuv's */
};

struct codemap {
	struct module_code *modules;
	int count;
	char *paths;
	size_t paths_used;
	void *memory;
};

/* Read /proc/self/maps.  0; -ENOMEM; -errno of open(2).  codemap_free() is
 * needed in any case. */
int codemap_read(struct codemap *m);
void codemap_free(struct codemap *m);
/* The module whose code pc lies in; NULL: none. */
const struct module_code *codemap_find(const struct codemap *m, uintptr_t pc);

/*
 * Where the program waits: return addresses in code that is not internal,
 * found by scanning the parked fiber's stack from sp upwards.  Only addresses
 * that follow a call instruction count; a stale one may still be among them, so
 * they are hints.  Returns how many of pcs are set, at most max.
 */
int codemap_callers(const struct codemap *m, struct fiber *f, uintptr_t *pcs,
		    int max);

/* Copy n bytes of the program's memory; false: not all of it is mapped. */
bool peek_memory(void *to, const void *from, size_t n);

#endif
