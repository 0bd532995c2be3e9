/*
 * offload.h - functions of the program's libraries that are called on another
 * carrier (offload.c), as GREENSHIM_OFFLOAD names them (offload_parse.c).
 */
#ifndef GREEN_OFFLOAD_H
#define GREEN_OFFLOAD_H

#include <ffi.h>

#define OFFLOAD_ARGS_MAX 32

struct offload {
	const char *spec;     /* the specification as given, for messages */
	const char *library;  /* file name or path; "": any library */
	const char *function; /* name of the function */
	ffi_type *result;
	ffi_type *args[OFFLOAD_ARGS_MAX];
	unsigned nargs;
	ffi_cif cif;	    /* the signature, prepared */
	void (*real)(void); /* the function itself; NULL: not found */
	void *closure;	    /* called in place of the function */
	int entries;	    /* GOT entries that point to the closure */
};

/* Write the closures of the functions that GREENSHIM_OFFLOAD names into the
 * GOTs of the modules.  Call while the process has one thread (startup.c).
 * Exits 125 with a message if a function cannot be offloaded. */
void offload_start(void);

/* Parse one specification into o.  text is changed, and o points into it; the
 * caller sets o->spec before, to a copy for messages.  Exits 125 with a message
 * if the specification is malformed. */
void offload_parse(struct offload *o, char *text);

/* Print a message "GREENSHIM_OFFLOAD: 'spec': why (what to do)"; fmt gives the
 * why and the what to do.  Exits 125. */
void offload_refuse(const struct offload *o, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

#endif
