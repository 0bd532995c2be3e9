/*
 * offload.h - functions of the program's libraries that are called on another
 * carrier (offload.c), as GREENSHIM_OFFLOAD names them (offload_spec.c).
 */
#ifndef GREEN_OFFLOAD_H
#define GREEN_OFFLOAD_H

#include <ffi.h>

#include "door/offload_spec.h"

struct offload {
	const char *spec; /* the specification as given, for messages */
	struct offload_spec parsed;
	ffi_type *args[OFFLOAD_ARGS_MAX];
	ffi_cif cif;	    /* the signature, prepared */
	void (*real)(void); /* the function itself; NULL: not found */
	void *closure;	    /* called in place of the function */
	int entries;	    /* GOT entries that point to the closure */
};

/* Write the closures of the functions that GREENSHIM_OFFLOAD names into the
 * GOTs of the modules.  Call while the process has one thread (startup.c).
 * Exits 125 with a message if a function cannot be offloaded. */
void offload_start(void);

/* Print a message "GREENSHIM_OFFLOAD: 'spec': why (what to do)"; fmt gives the
 * why and the what to do.  Exits 125. */
void offload_refuse(const struct offload *o, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

#endif
