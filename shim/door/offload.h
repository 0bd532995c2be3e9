/*
 * offload.h - functions of the program's libraries that are called aside
 * (offload.c), as GREENSHIM_OFFLOAD names them (offload_parse.c).
 */
#ifndef GREEN_OFFLOAD_H
#define GREEN_OFFLOAD_H

#include <ffi.h>

#define OFFLOAD_ARGS_MAX 32

struct offload {
	const char *spec;     /* as it was given, for messages */
	const char *library;  /* a file's name or path; "": any */
	const char *function; /* its name */
	ffi_type *result;
	ffi_type *args[OFFLOAD_ARGS_MAX];
	unsigned nargs;
	ffi_cif cif;	    /* the signature, prepared */
	void (*real)(void); /* the function itself */
	void *closure;	    /* what is called in its place */
	int entries;	    /* how many entries lead to the closure */
};

/* Put the named functions' closures into place.  While there is one thread:
 * startup.c.  What cannot be done is said, and the process ends. */
void offload_start(void);

/* Read one specification into o.  It is taken apart in place; o->spec, a copy
 * for messages, is set by the caller. */
void offload_parse(struct offload *o, char *text);

/* Say what is wrong with o and how to put it right, and exit 125. */
void offload_refuse(const struct offload *o, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

#endif
